"""What stands in schema.org's objects, in whatever markup they were found."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from html import unescape
from typing import Any

from enrich_cli.adapters.site.wording import words

_ORGANIZATIONS = words(
    "organization corporation localbusiness ngo airline consortium cooperative librarysystem"
    " performinggroup project sportsteam workersunion politicalparty collegeoruniversity school"
    " highschool middleschool elementaryschool preschool autodealer autorepair autorental bakery"
    " barorpub brewery winery distillery cafeorcoffeeshop fastfoodrestaurant restaurant childcare"
    " dentist dryclearningorlaundry employmentagency financialservice accountingservice"
    " bankorcreditunion insuranceagency electrician generalcontractor hvacbusiness housepainter"
    " locksmith movingcompany plumber roofingcontractor legalservice attorney notary library hotel"
    " hostel motel resort campground bedandbreakfast medicalclinic hospital pharmacy physician"
    " veterinarycare optician beautysalon hairsalon dayspa healthclub realestateagent"
    " recyclingcenter selfstorage shoppingcenter store travelagency professionalservice"
    " emergencyservice radiostation televisionstation museum exercisegym golfcourse gasstation"
    " bookstore clothingstore computerstore electronicsstore florist furniturestore gardenstore"
    " grocerystore hardwarestore jewelrystore liquorstore officeequipmentstore onlinestore"
    " petstore shoestore sportinggoodsstore toystore wholesalestore"
)  # schema.org 29, Organization and what stands below it
_TOO_GENERAL = words(
    "organization corporation localbusiness project store onlinestore onlinebusiness ngo"
    " professionalservice performinggroup"
)
# Where the site's own company may stand inside of another thing. Parents, members, reviewers,
# employers and the site's makers stand elsewhere.
_WITHIN = ("@graph", "mainEntity", "mainEntityOfPage", "publisher", "about", "isPartOf", "provider",
           "copyrightHolder")  # fmt: skip
_LINKED = frozenset(("logo", "address", "location", "contactPoint", "numberOfEmployees"))
_MAX_NODES = 3_000
_COMPANY_TYPES = (
    ("nonprofit", words("ngo fundingagency workersunion")),
    ("government", words("governmentorganization governmentoffice fundingscheme")),
    ("education", words(
        "educationalorganization collegeoruniversity school highschool middleschool preschool"
        " elementaryschool")),
)  # fmt: skip


def nodes(value: object) -> Iterator[dict[str, Any]]:
    """The objects in which the site's company or website may be described, outermost first."""
    queue: list[object] = [value]
    for _ in range(_MAX_NODES):
        if not queue:
            return
        node = queue.pop()
        if isinstance(node, list):
            queue.extend(reversed(node[:200]))
        elif isinstance(node, dict):
            yield node
            queue.extend(node[key] for key in reversed(_WITHIN) if key in node)


def link(values: Sequence[object]) -> None:
    """Put described objects in the places where they are only named by their `@id`, in place.

    Only below the keys under which nothing leads back, so that nothing becomes endless.
    """
    found: list[dict[str, Any]] = []
    queue: list[object] = list(values)
    while queue and len(found) < _MAX_NODES:
        node = queue.pop()
        if isinstance(node, list):
            queue.extend(node[:200])
        elif isinstance(node, dict):
            found.append(node)
            queue.extend(value for value in node.values() if isinstance(value, dict | list))
    known = {i: n for n in found if len(n) > 1 and isinstance(i := n.get("@id"), str)}
    for node in found:
        for key in _LINKED & node.keys():
            named = node[key]
            if isinstance(named, dict) and len(named) == 1 and isinstance(named.get("@id"), str):
                node[key] = known.get(named["@id"], named)


def types(node: Mapping[str, Any]) -> list[str]:
    """The names of the object's types, without their vocabulary."""
    raw = node.get("@type")
    names = raw if isinstance(raw, list) else [raw]
    return [re.split(r"[/:#]", n)[-1] for n in names[:9] if isinstance(n, str)]


def is_organization(node: Mapping[str, Any]) -> bool:
    """Whether the object is an organization of whatever kind."""
    names = [name.lower() for name in types(node)]
    return any(n in _ORGANIZATIONS or n.endswith(("organization", "business")) for n in names)


def business(node: Mapping[str, Any]) -> Iterator[str]:
    """The kinds of business that the object's types name, in words."""
    for kind in types(node):
        if kind.lower() in _ORGANIZATIONS - _TOO_GENERAL:
            spelled = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", kind).lower()
            yield spelled[:1].upper() + spelled[1:]


def company_type(node: Mapping[str, Any]) -> str | None:
    """The type of company as the field catalogue has it, where the object's types tell it."""
    names = {name.lower() for name in types(node)}
    if first(node.get("tickerSymbol")):
        return "public"
    return next((found for found, kinds in _COMPANY_TYPES if kinds & names), None)


def first(raw: object, *keys: str) -> str | int | float | None:
    """The first plain value in what may be one, a list of such, or an object that has it."""
    for _ in range(6):
        if isinstance(raw, list):
            raw = next((part for part in raw if part), None)
        elif isinstance(raw, dict):
            raw = next((raw[key] for key in (*keys, "@value", "name") if raw.get(key)), None)
        else:
            break
    if isinstance(raw, str):
        return unescape(raw)
    return raw if isinstance(raw, int | float) and not isinstance(raw, bool) else None


def every(raw: object) -> list[Any]:
    """The values of what may be one or a list of such."""
    return raw[:50] if isinstance(raw, list) else [raw]
