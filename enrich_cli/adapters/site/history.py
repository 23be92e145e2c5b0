"""When the company was founded, and how many people work there, as its pages tell it in words."""

from __future__ import annotations

import re
from collections.abc import Sequence

from enrich_cli.adapters.site.document import Document
from enrich_cli.adapters.site.facts import Source, Topic
from enrich_cli.adapters.site.findings import Findings
from enrich_cli.adapters.site.likeness import folded
from enrich_cli.adapters.site.scan import as_zero

_SEARCHED, _MAX_NUMBERS = 20_000, 200
_AROUND = 60  # letters before and after a number that tell what it counts
_NUMBER = re.compile(r"[0-9][0-9]*(?:(?<![0-9]{4})[.,' \u00a0\u202f][0-9]{3}(?![0-9]))*")
_YEAR = re.compile(r"1[6-9]\d\d|20[0-3]\d")
_JOINS = tuple(".,/–-€$£")  # a number behind one of these is part of another, or money
_GOES_ON = re.compile(
    r"%|[.,/]\d|\s?[-–—]\s?\d|['’]?s\b|er\b|-?tal|-luvu"
)  # ranges and decades, too
# What stands shortly before or after the year of a foundation, in the languages of the pages.
_FOUNDED_BEFORE = re.compile(
    r"(?:founded|established|incorporated|\best\.|year of foundation|gegründet|gründung(?:sjahr)?|"
    r"fondée?|créée?|création|fondation|fundad[ao]|fundación|fundação|constituida|fondat[ao]|"
    r"fondazione|nasce|opgericht|oprichting|grunda(?:t|des|d)|stiftet|grundlagt|etableret|etablert|"
    r"perustet\w{2,4}|założon[aey]|rok założenia|založen[aoy]?|kuruldu|kuruluş|основан[ао]?|創業|"
    r"設立|"
    r"成立于|成立於|설립)(?:(?![.!?;] +(?-i:[^\W\d_a-z]))[^\n]){0,28}$", re.IGNORECASE)  # fmt: skip
_FOUNDED_AFTER = re.compile(
    r"^[^\n.]{0,40}?(?:gegründet|opgericht|grundades|grundat|grundlagt|stiftet|perustet\w{2,4}|"
    r"kuruldu|kuruluş|założon|založen|gegruendet|年(?:\d+月)?(?:に)?(?:創業|設立|成立)|년\s?설립|founded)",
    re.IGNORECASE)  # fmt: skip
# Parts of all words of these.
_STEMS = (
    *("found", "establish", "incorporat", "est.", "fond", "fund", "constituid", "nasce"),
    *("opgericht", "oprichting", "grunda", "grundlagt", "gegruendet", "stiftet", "etabl"),
    *("perustet", "kurul", "gründ", "cré", "założ", "založ", "основан"),
    *("創業", "設立", "成立", "설립"),
)
_LONGEST_SINCE, _SHORTEST_LABEL = 24, 4
_SINCE = re.compile(
    r"(?:\bsince|\bseit|\bdepuis|\bdesde|\bdal(?:l')?|\bsinds|\bsedan|\bsiden|\bvuodesta|"
    r"\bod(?: roku)?|"
    r"\bс) ?(?:the year |dem jahr |år |l'an )?$", re.IGNORECASE)  # fmt: skip
# Who is there since then: a slogan is the company's own, and so is what it says of "us".
_LONGEST_SLOGAN, _MOST_WORDS = 45, 6
_OURS = re.compile(
    r"\b(?:we|our|in business|famil\w+|wir|unser\w*|nous|notre|nosotr\w+|nuestr\w+|"
    r"\w{2,}[aei]mos|somos|\w+iamo|"
    r"nostr\w+|wij|onze|vi|vår\w*|vores|noss\w+|jesteśmy|nasz\w*|jsme|naš\w*|meidän|olemme|bizim|"
    r"мы|наш\w*|работаем)\b", re.IGNORECASE)  # fmt: skip
_COPYRIGHT = re.compile(r"©|\(c\)|copyright", re.IGNORECASE)
_SENTENCES = re.compile(r"[.!?;]\s")
_COUNTED = re.compile(
    r"\+?\s?"
    r"(?:[^\W\d_]{2,20} ){0,2}?"
    r"(?:(?P<staff>employees|team ?members|colleagues|mitarbeite\w{1,6}|beschäftigte\w?|"
    r"angestellte\w?|"
    r"salariés?|collaborateurs|employés|empleados|trabajadores|dipendenti|addetti|medewerkers|"
    r"werknemers|funcionários|colaboradores|pracowników|medarbetare|anställda|medarbejdere|"
    r"ansatte|työntekijää|zaměstnanců|çalışan|сотрудник\w{1,3}|名の社員|名の従業員|명의 직원)"
    r"|(?P<people>people|persons|menschen|personnes|personas|persone|mensen|pessoas|osób|människor|"
    r"mennesker|ihmistä|lidí|kişi|человек|人|名))", re.IGNORECASE)  # fmt: skip
_WORK = re.compile(
    r"\bwork|employ|team of|arbeit|beschäftig|travaill|emploi|trabaj|emplea|lavora|impieg|werk|"
    r"trabalh|emprega|pracuj|zatrudnia|arbeta|arbejde|arbeid|työskent|pracuje|çalış|работа|働|従業員|社員",
    re.IGNORECASE)  # fmt: skip

_Number = tuple[str, str, str]


def find(document: Document, findings: Findings) -> None:
    """Note the year of foundation and the number of people, where the text tells them."""
    if document.topic not in (None, Topic.ABOUT, Topic.IMPRINT):
        return
    text = document.words[:_SEARCHED]
    numbers = _numbers(text)
    year, source = _founded(numbers, document.label)
    findings.add("founded_year", year, source)
    findings.add("employee_count", _employees(numbers), Source.STAFF_TOLD)


def founded(text: str, label: str = "") -> tuple[str | None, Source]:
    """The year in which the company says that it was founded, else since when it is there.

    `label` is what its domain calls it.
    """
    return _founded(_numbers(text), label)


def employees(text: str) -> int | None:
    """How many people the company says that work there."""
    return _employees(_numbers(text))


def _founded(numbers: Sequence[_Number], label: str) -> tuple[str | None, Source]:
    since = None
    for number, before, after in numbers:
        if not _YEAR.fullmatch(number) or before[-1:] in _JOINS or _GOES_ON.match(after):
            continue
        if (_may_tell(before) and _FOUNDED_BEFORE.search(before)) or (
            _may_tell(after) and _FOUNDED_AFTER.search(after)
        ):
            return number, Source.FOUNDED_TOLD
        known = since is not None or not _SINCE.search(before[-_LONGEST_SINCE:])
        if not known and _is_own(before, after, label):
            since = number
    return since, Source.SINCE


def _is_own(before: str, after: str, label: str) -> bool:
    """Whether it is the company that is there since that year, by the line that says so."""
    start, end = before.rpartition("\n")[2], after.partition("\n")[0]
    if _COPYRIGHT.search(start):
        return False
    alone = not end.strip(" .,!…)*–-")
    if alone and len(start) <= _LONGEST_SLOGAN and len(start.split()) <= _MOST_WORDS:
        return True
    sentence = f"{_SENTENCES.split(start)[-1]} {_SENTENCES.split(end)[0]}"
    named = len(label) >= _SHORTEST_LABEL and folded(label) in folded(sentence)
    return named or bool(_OURS.search(sentence))


def _may_tell(text: str) -> bool:
    """Whether a text may tell of a foundation: a quick look before a slow one."""
    text = text.lower()
    return any(stem in text for stem in _STEMS)


def _employees(numbers: Sequence[_Number]) -> int | None:
    for number, before, after in numbers:
        if len(number) > 9 or before[-1:] in _JOINS:
            continue
        match = _COUNTED.match(after)
        if match and not _YEAR.fullmatch(number):
            count = int(re.sub(r"\D", "", number))
            around = before.rpartition("\n")[2] + after.partition("\n")[0]
            if 1 < count < 3_000_000 and (match["staff"] or _WORK.search(around)):
                return count
    return None


def _numbers(text: str) -> list[_Number]:
    """The numbers in a text, each with what stands shortly before and after it."""
    signs = as_zero(text)
    spans: list[tuple[int, int]] = []
    at = signs.find(b"0")
    while at >= 0 and len(spans) < _MAX_NUMBERS:
        match = _NUMBER.match(text, at)
        end = match.end() if match else at + 1
        spans.append((at, end))
        at = signs.find(b"0", end)
    return [
        (text[start:end], text[max(0, start - _AROUND) : start], text[end : end + _AROUND])
        for start, end in spans
    ]
