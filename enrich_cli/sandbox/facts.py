"""What there is to know about one company and one person of the fictional world."""

from __future__ import annotations

from dataclasses import dataclass

from enrich_cli.sandbox.vocabulary import COUNTRIES, Industry, Job, Place


@dataclass(frozen=True, slots=True)
class Company:
    """All that there is to know about one company."""

    domain: str
    name: str
    legal_name: str
    slug: str
    industry: Industry
    employees: int
    employee_range: str
    founded: int
    type: str
    revenue: str
    funding: int | None
    ticker: str | None
    lei: str
    place: Place
    street: str
    phone: str
    email: str
    twitter: str | None
    facebook: str | None
    instagram: str | None
    youtube: str | None
    github: str | None
    technologies: tuple[str, ...]
    mail_provider: str
    mail_host: str
    registered: str
    registrar: tuple[str, str]

    @property
    def country(self) -> str:
        """The country's English name."""
        return COUNTRIES[self.place.code][0]

    @property
    def description(self) -> str:
        """What the company does, in English."""
        return (
            f"{self.name} makes {self.industry.makes['en']} in {self.place.city} "
            f"and has done so since {self.founded}."
        )

    @property
    def linkedin(self) -> str:
        """The company page."""
        return f"https://www.linkedin.com/company/{self.slug}"


@dataclass(frozen=True, slots=True)
class Person:
    """All that there is to know about one person."""

    first: str
    last: str
    company: Company
    email: str
    slug: str
    job: Job
    since: int
    phone: str
    github: str | None
    twitter: str | None
    skills: tuple[str, ...]

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first} {self.last}"

    @property
    def place(self) -> Place:
        """Where the person lives: where the company is."""
        return self.company.place

    @property
    def location(self) -> str:
        """City and country."""
        return f"{self.place.city}, {self.company.country}"

    @property
    def linkedin(self) -> str:
        """The profile."""
        return f"https://www.linkedin.com/in/{self.slug}"

    @property
    def bio(self) -> str:
        """A sentence about the person."""
        return f"{self.job.title} at {self.company.name}, likes {' and '.join(self.skills)}."
