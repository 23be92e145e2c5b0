"""The words of the fictional world: places, industries, names, jobs and telephone numbers.

Every answer of the sandbox is drawn from these tables by position. Adding to the end of one, or
changing an entry, gives other companies than the last version gave.
"""

from __future__ import annotations

from typing import NamedTuple


class Place(NamedTuple):
    """Where a company has its head office."""

    city: str
    region: str
    postal_code: str
    code: str  # ISO 3166-1
    language: str
    geo: str
    time_zone: str


class Industry(NamedTuple):
    """A trade: name, sector, GICS, SIC and NAICS codes, tags, what it makes, hints in a domain."""

    name: str
    sector: str
    gics: str
    sic: str
    naics: str
    tags: tuple[str, ...]
    makes: dict[str, str]  # by language
    hints: tuple[str, ...]  # parts of a domain that give the trade away


class Job(NamedTuple):
    """A job: title, department, and its level in the words of two vendors."""

    title: str
    department: str
    level: str
    seniority: str


COUNTRIES = {
    "AT": ("Austria", "Europe"),
    "AU": ("Australia", "Oceania"),
    "BR": ("Brazil", "South America"),
    "CA": ("Canada", "North America"),
    "CH": ("Switzerland", "Europe"),
    "DE": ("Germany", "Europe"),
    "ES": ("Spain", "Europe"),
    "FR": ("France", "Europe"),
    "GB": ("United Kingdom", "Europe"),
    "IT": ("Italy", "Europe"),
    "JP": ("Japan", "Asia"),
    "NL": ("Netherlands", "Europe"),
    "SE": ("Sweden", "Europe"),
    "US": ("United States", "North America"),
}

PLACES = (
    Place("Austin", "Texas", "78701", "US", "en", "30.27,-97.74", "America/Chicago"),
    Place("Portland", "Oregon", "97204", "US", "en", "45.52,-122.68", "America/Los_Angeles"),
    Place("Denver", "Colorado", "80202", "US", "en", "39.75,-105.00", "America/Denver"),
    Place("Boston", "Massachusetts", "02110", "US", "en", "42.36,-71.05", "America/New_York"),
    Place("Columbus", "Ohio", "43215", "US", "en", "39.97,-83.00", "America/New_York"),
    Place("Raleigh", "North Carolina", "27601", "US", "en", "35.77,-78.63", "America/New_York"),
    Place("Toronto", "Ontario", "M5H 2N2", "CA", "en", "43.65,-79.38", "America/Toronto"),
    Place("Montréal", "Québec", "H2Y 1C6", "CA", "fr", "45.50,-73.56", "America/Toronto"),
    Place("Leeds", "England", "LS1 4AP", "GB", "en", "53.80,-1.55", "Europe/London"),
    Place("Bristol", "England", "BS1 5TR", "GB", "en", "51.45,-2.60", "Europe/London"),
    Place("Edinburgh", "Scotland", "EH1 1BB", "GB", "en", "55.95,-3.19", "Europe/London"),
    Place("Melbourne", "Victoria", "3000", "AU", "en", "-37.81,144.96", "Australia/Melbourne"),
    Place("Berlin", "Berlin", "10115", "DE", "de", "52.53,13.38", "Europe/Berlin"),
    Place("München", "Bayern", "80331", "DE", "de", "48.14,11.57", "Europe/Berlin"),
    Place("Leipzig", "Sachsen", "04109", "DE", "de", "51.34,12.37", "Europe/Berlin"),
    Place("Zug", "Zug", "6300", "CH", "de", "47.17,8.52", "Europe/Zurich"),
    Place("Zürich", "Zürich", "8001", "CH", "de", "47.37,8.54", "Europe/Zurich"),
    Place("Lausanne", "Vaud", "1003", "CH", "fr", "46.52,6.63", "Europe/Zurich"),
    Place("Graz", "Steiermark", "8010", "AT", "de", "47.07,15.44", "Europe/Vienna"),
    Place("Lyon", "Auvergne-Rhône-Alpes", "69002", "FR", "fr", "45.75,4.83", "Europe/Paris"),
    Place("Nantes", "Pays de la Loire", "44000", "FR", "fr", "47.22,-1.55", "Europe/Paris"),
    Place("Valencia", "Comunitat Valenciana", "46002", "ES", "es", "39.47,-0.38", "Europe/Madrid"),
    Place("Málaga", "Andalucía", "29015", "ES", "es", "36.72,-4.42", "Europe/Madrid"),
    Place("Torino", "Piemonte", "10121", "IT", "it", "45.07,7.68", "Europe/Rome"),
    Place("Bologna", "Emilia-Romagna", "40121", "IT", "it", "44.50,11.34", "Europe/Rome"),
    Place("Utrecht", "Utrecht", "3511 ED", "NL", "en", "52.09,5.12", "Europe/Amsterdam"),
    Place("Göteborg", "Västra Götaland", "411 06", "SE", "en", "57.71,11.97", "Europe/Stockholm"),
    Place("大阪市", "大阪府", "530-0001", "JP", "ja", "34.70,135.50", "Asia/Tokyo"),
    Place("Curitiba", "Paraná", "80010-010", "BR", "en", "-25.43,-49.27", "America/Sao_Paulo"),
)

STREETS = {
    "en": ("{} Harbour Street", "{} Orchard Lane", "{} Mill Road", "{} Station Avenue"),
    "de": ("Lindenweg {}", "Am Alten Hafen {}", "Gartenstrasse {}", "Mühlenplatz {}"),
    "fr": ("{} rue des Tilleuls", "{} quai du Vieux Port", "{} place de la Fontaine"),
    "es": ("Calle del Olmo {}", "Avenida del Puerto {}", "Plaza de la Fuente {}"),
    "it": ("Via dei Tigli {}", "Corso del Porto {}", "Piazza della Fontana {}"),
    "ja": ("北区梅園1-2-{}", "中央区桜町3-4-{}"),
}

LEGAL_FORMS = {
    "AT": "GmbH", "AU": "Pty Ltd", "BR": "Ltda", "CA": "Inc.", "CH": "AG", "DE": "GmbH",
    "ES": "S.L.", "FR": "SAS", "GB": "Ltd", "IT": "S.r.l.", "JP": "K.K.", "NL": "B.V.",
    "SE": "AB", "US": "Inc.",
}  # fmt: skip

# Numbers that the regulators keep free for fiction (Ofcom, Bundesnetzagentur, ARCEP, ACMA, PTS);
# `#` is any digit. Countries without such a range get a North American one (555-0100 to 0199).
PHONES = {
    "GB": "+44 20 7946 0###",
    "DE": "+49 30 23125 ###",
    "FR": "+33 1 99 00 ## ##",
    "AU": "+61 2 5550 ####",
    "SE": "+46 8 465 004 ##",
}
PHONES_ELSEWHERE = ("+1 202 555 01##", "+1 312 555 01##", "+1 415 555 01##", "+1 604 555 01##")

_LANGUAGES = ("en", "de", "fr", "es", "it", "ja")


def _industry(name: str, sector: str, codes: str, tags: str, hints: str, *makes: str) -> Industry:
    gics, sic, naics = codes.split()
    words = dict(zip(_LANGUAGES, makes, strict=True))
    return Industry(
        name, sector, gics, sic, naics, tuple(tags.split(", ")), words, tuple(hints.split())
    )


INDUSTRIES = (
    _industry("Medical Devices", "Health Care", "35101010 3841 339112", "optics, surgery",
        "medic optic clinic health",
        "medical instruments", "medizinische Geräte", "des instruments médicaux",
        "instrumentos médicos", "strumenti medicali", "医療機器"),
    _industry("Industrial Automation", "Industrials", "20106020 3569 333998", "robotics, sensors",
        "robot automat machin sensor",
        "robots and control systems", "Roboter und Steuerungen", "des robots et des automates",
        "robots y sistemas de control", "robot e sistemi di controllo", "産業用ロボット"),
    _industry("Software Development", "Information Technology", "45103010 7372 513210", "saas, b2b",
        "soft cloud data code",
        "software for small teams", "Software für kleine Teams", "des logiciels d'équipe",
        "software para equipos pequeños", "software per piccoli team", "業務用ソフトウェア"),
    _industry("Logistics and Supply Chain", "Industrials", "20301010 4731 488510", "freight, rail",
        "logist freight cargo transport",
        "freight services", "Frachtdienste", "des services de fret",
        "servicios de transporte", "servizi di trasporto", "物流サービス"),
    _industry("Food Production", "Consumer Staples", "30202030 2099 311999", "organic, bakery",
        "food bakery organic kitchen",
        "breads and preserves", "Brot und Eingemachtes", "du pain et des conserves",
        "panes y conservas", "pane e conserve", "パンと保存食品"),
    _industry("Renewable Energy", "Utilities", "55105020 4911 221114", "solar, storage",
        "solar energy power",
        "solar plants", "Solaranlagen", "des centrales solaires",
        "plantas solares", "impianti solari", "太陽光発電設備"),
    _industry("Financial Services", "Financials", "40203010 6282 523940", "payments, lending",
        "financ bank capital pay",
        "payment services", "Zahlungsdienste", "des services de paiement",
        "servicios de pago", "servizi di pagamento", "決済サービス"),
    _industry("Architecture and Planning", "Industrials", "20201070 8712 541310", "housing, timber",
        "architect timber build",
        "houses of wood", "Häuser aus Holz", "des maisons en bois",
        "casas de madera", "case in legno", "木造住宅"),
    _industry("Textile Mills", "Consumer Discretionary", "25203030 2299 314999", "wool, felt",
        "textil wool fabric weav",
        "woven cloth", "gewebte Stoffe", "des étoffes tissées",
        "telas tejidas", "tessuti", "織物"),
    _industry("Biotechnology", "Health Care", "35201010 2836 325414", "enzymes, diagnostics",
        "bio gene enzym lab",
        "enzymes for diagnostics", "Enzyme für die Diagnostik", "des enzymes de diagnostic",
        "enzimas para diagnóstico", "enzimi per la diagnostica", "診断用酵素"),
    _industry("Education", "Consumer Discretionary", "25302010 8299 611699", "courses, language",
        "school academy learn univers",
        "language courses", "Sprachkurse", "des cours de langues",
        "cursos de idiomas", "corsi di lingua", "語学講座"),
    _industry("Telecommunications", "Communication", "50101020 4813 517111", "fibre, radio",
        "telecom fibre network",
        "fibre networks", "Glasfasernetze", "des réseaux de fibre optique",
        "redes de fibra", "reti in fibra", "光回線網"),
    _industry("Water Treatment", "Utilities", "55104010 4941 221310", "filters, pumps",
        "water pump filter",
        "filters and pumps", "Filter und Pumpen", "des filtres et des pompes",
        "filtros y bombas", "filtri e pompe", "浄水フィルター"),
    _industry("Furniture", "Consumer Discretionary", "25201020 2511 337122", "oak, design",
        "furnitur oak chair",
        "tables and chairs", "Tische und Stühle", "des tables et des chaises",
        "mesas y sillas", "tavoli e sedie", "机と椅子"),
)  # fmt: skip

# The usual bands, in which companies are also drawn: far more small ones than large ones.
EMPLOYEE_BANDS = (
    (1, 10), (11, 50), (11, 50), (51, 200), (51, 200), (51, 200), (201, 500), (201, 500),
    (501, 1000), (1001, 5000), (5001, 10000), (10001, 60000),
)  # fmt: skip
REVENUE_BANDS = (
    (10, "$0-$1M"), (50, "$1M-$10M"), (200, "$10M-$50M"), (500, "$50M-$100M"),
    (1000, "$100M-$250M"), (5000, "$250M-$1B"), (10000, "$1B-$10B"), (60000, "$10B+"),
)  # fmt: skip
COMPANY_TYPES = ("private",) * 12 + ("public", "public", "nonprofit", "education", "government")
TECHNOLOGIES = (
    "nginx", "WordPress", "Google Analytics", "Matomo", "React", "Bootstrap", "jQuery",
    "Cloudflare", "Shopify", "Drupal", "Next.js", "Hotjar", "HubSpot", "Intercom",
)  # fmt: skip
MAIL_PROVIDERS = (
    ("Google Workspace", "google.com"), ("Google Workspace", "google.com"),
    ("Microsoft 365", "outlook.com"), ("Microsoft 365", "outlook.com"),
    ("Zoho Mail", "zoho.com"), ("Fastmail", "fastmail.com"),
)  # fmt: skip
REGISTRARS = (
    ("Example Registrar Ltd", "9901"), ("Sample Names GmbH", "9902"),
    ("Made-up Domains Inc.", "9903"),
)  # fmt: skip

FIRST_NAMES = (
    "Mara", "Jonas", "Aiko", "Lucia", "Emil", "Noor", "Tobias", "Ines", "Ravi", "Greta",
    "Oskar", "Yara", "Felix", "Amara", "Henrik", "Chiara", "Mateo", "Saskia", "Idris", "Linnea",
    "Paul", "Zofia", "Viktor", "Helena", "Kofi", "Daria", "Luis", "Benita", "Wanda", "Quentin",
    "Ulla", "Xenia",
)  # fmt: skip
LAST_NAMES = (
    "Rivera", "Lindqvist", "Tanaka", "Okafor", "Moreau", "Brandt", "Castell", "Novak", "Fontana",
    "Haddad", "Keller", "Silva", "Thorne", "Marlowe", "Vance", "Iversen", "Zeller", "Abara",
    "Delacroix", "Ekström", "Gallo", "Jansen", "Pereira", "Quist", "Yamada", "Winter", "Umber",
    "Xavier",
)  # fmt: skip
JOBS = (
    Job("CTO", "engineering", "cxo", "executive"),
    Job("Managing Partner", "executive", "cxo", "executive"),
    Job("Head of Sales", "sales", "director", "senior"),
    Job("Account Manager", "sales", "manager", "senior"),
    Job("Marketing Director", "marketing", "director", "senior"),
    Job("Content Editor", "marketing", "entry", "junior"),
    Job("Software Engineer", "engineering", "senior", "senior"),
    Job("Production Planner", "operations", "senior", "senior"),
    Job("Finance Manager", "finance", "manager", "senior"),
    Job("People Partner", "human_resources", "manager", "senior"),
    Job("Support Specialist", "customer_service", "entry", "junior"),
    Job("Legal Counsel", "legal", "senior", "senior"),
)
SKILLS = (
    "negotiation", "optics", "forecasting", "python", "procurement", "lean production",
    "copywriting", "accounting", "contract law", "project management",
)  # fmt: skip

ROLE_MAILBOXES = frozenset(
    {
        "admin", "billing", "bonjour", "contact", "hallo", "hello", "help", "hr", "info", "jobs",
        "kontakt", "mail", "marketing", "noreply", "no-reply", "office", "press", "sales",
        "service", "support", "team", "webmaster",
    }
)  # fmt: skip
