"""Our reading of robots.txt against the standard library's, with each difference explained."""

from __future__ import annotations

import random
from urllib.robotparser import RobotFileParser

from enrich_cli.adapters.site.robots import AGENT, parse

FILES, PATHS = 400, 12
SEED = 20261124
SEGMENTS = ("", "about", "contact", "admin", "a", "shop", "wp-admin", "search", "private", "%7Ejoe")
AGENTS = ("*", AGENT, AGENT.title(), "Googlebot", "BadBot", "enrichment-bot", "*")


def path(dice: random.Random) -> str:
    parts = [part for _ in range(dice.randint(0, 3)) if (part := dice.choice(SEGMENTS))]
    return "/" + "/".join(parts) + (dice.choice(("", "", "/", ".html")) if parts else "")


def rule(dice: random.Random) -> str:
    """One line such as real files have: wildcards, comments, odd spelling among them."""
    pattern = path(dice)
    form = dice.random()
    if form < 0.15:
        pattern = pattern.replace("/", "/*", 1)
    elif form < 0.25:
        pattern += "$"
    elif form < 0.3:
        pattern = ""
    kind = dice.choice(("Disallow", "Disallow", "Disallow", "Allow", "disallow", "ALLOW"))
    return f"{kind}:{dice.choice((' ', '', '  '))}{pattern}{dice.choice(('', '', ' # why'))}"


def robots_txt(dice: random.Random) -> str:
    lines = []
    for _ in range(dice.randint(1, 3)):
        lines += [f"User-agent: {dice.choice(AGENTS)}" for _ in range(dice.randint(1, 2))]
        lines += [rule(dice) for _ in range(dice.randint(0, 5))]
        if dice.random() < 0.05:
            lines += ["", rule(dice)]
        lines += dice.choice(([""], ["", "Sitemap: https://acme.example/sitemap.xml", ""], [""]))
    mark = "\ufeff" if dice.random() < 0.03 else ""
    return mark + dice.choice(("\n", "\r\n")).join(lines) + "\n"


def explanation(text: str, url: str) -> str:
    """Why the two may differ about a URL, by RFC 9309; "" where nothing of the kind is in sight."""
    groups: dict[str, int] = {}
    rules: list[tuple[str, str]] = []
    last_was_agent = without_rules = torn = blank = False
    for line in [*text.splitlines(), ""]:
        key, _, value = line.partition("#")[0].partition(":")
        key, value = key.strip().lower(), value.strip()
        if key == "user-agent":
            name = value.lower()
            groups[name] = groups.get(name, 0) + (not last_was_agent or name not in groups)
            last_was_agent, blank = True, False
        elif key in ("allow", "disallow"):
            rules.append((key, value))
            torn = torn or blank
            last_was_agent = False
        elif not line.strip():
            without_rules = without_rules or last_was_agent
            last_was_agent, blank = False, True
    if any("*" in value or "$" in value for _, value in rules):
        return "wildcards, which the library reads as letters (2.2.3)"
    if text.startswith("\ufeff"):
        return "a byte-order mark, with which the library cannot read the first line (2.2)"
    if torn:
        return "a blank line within a group, with which the library ends it (2.2)"
    if without_rules:
        return "a group without rules, which the library forgets (2.2.1)"
    if any(count > 1 for count in groups.values()):
        return "several groups for one agent, of which the library reads the first (2.2.1)"
    if any(name in AGENT or AGENT in name for name in groups if name not in ("*", AGENT)):
        return "an agent whose name has ours in it, which the library takes for us (2.2.1)"
    ours = url.partition("://")[2].partition("/")[2]
    ours = f"/{ours}"
    matching = [key for key, value in rules if value and ours.startswith(value)]
    if {"allow", "disallow"} <= set(matching):
        return (
            "rules for and against, of which the library takes the first, not the longest (2.2.2)"
        )
    if any(not value for _, value in rules):
        return "an empty rule, which the library takes for a word about everything (2.2.2)"
    if "/index.htm" in text:
        return "an index.html that stands for its folder, as the largest search engine has it"
    if "%" in text:
        return "escapes, which the library compares as they are written (2.2.2)"
    return ""


def test_the_two_agree_but_where_the_standard_says_that_the_other_is_wrong() -> None:
    dice = random.Random(SEED)
    agreed, differences = 0, dict[str, int]()
    for _ in range(FILES):
        text = robots_txt(dice)
        other = RobotFileParser()
        other.parse(text.splitlines())
        ours = parse(text)
        for _ in range(PATHS):
            url = f"https://acme.example{path(dice)}"
            if ours.allow(url) == other.can_fetch(AGENT, url):
                agreed += 1
                continue
            why = explanation(text, url)
            assert why, (text, url)
            differences[why] = differences.get(why, 0) + 1
    assert agreed > 4 * sum(differences.values())
    assert agreed + sum(differences.values()) == FILES * PATHS
    assert agreed > 1_000
    assert len(differences) > 2


def test_without_what_explains_differences_there_are_none() -> None:
    """Files of plain rules against us or all, in one group each."""
    dice = random.Random(SEED)
    for _ in range(300):
        lines = [f"User-agent: {dice.choice(('*', AGENT))}"]
        lines += [f"Disallow: {path(dice).replace('%7E', '~')}" for _ in range(dice.randint(1, 6))]
        other = RobotFileParser()
        other.parse(lines)
        ours = parse("\n".join(lines))
        for _ in range(10):
            url = f"https://acme.example{path(dice).replace('%7E', '~')}"
            assert ours.allow(url) is other.can_fetch(AGENT, url), (lines, url)
