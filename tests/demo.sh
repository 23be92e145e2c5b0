#!/bin/sh
# The demo: what would it cost, do it, and do it again for nothing. Everything is asked of fictional
# providers on this machine; nothing is left behind. `enrich` and `python` are taken from PATH.
set -eu
cd "$(dirname "$0")/.."
tmp=$(mktemp -d "${TMPDIR:-/tmp}/enrich-demo.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

table=sample_data/leads.csv
columns=company_name,Industry=industry,employee_count,job_title

# Print a command and run it; what it says to people goes to standard output, too, so that the
# order is kept where only that is looked at.
shown() {
    printf '\n$ %s\n' "$*"
    "$@" 2>&1
}

shown enrich estimate "$table" --columns "$columns" --sandbox --cache "$tmp/store"

shown enrich run "$table" --columns "$columns" --sandbox --cache "$tmp/store" --budget 50 \
    -o "$tmp/leads.enriched.csv"

printf '\nThe first enriched rows, a few of the columns:\n\n'
python - "$tmp/leads.enriched.csv" <<'END'
import csv
import sys

WIDTHS = {
    "Lead ID": 7,
    "Website": 32,
    "company_name": 20,
    "Industry": 22,
    "employee_count": 14,
    "job_title": 20,
}


def line(cells):
    tidy = ((" ".join(cells[name].split()), width) for name, width in WIDTHS.items())
    cut = (text if len(text) <= width else text[: width - 3] + "..." for text, width in tidy)
    return "  ".join(f"{text:{width}}" for text, width in zip(cut, WIDTHS.values())).rstrip()


with open(sys.argv[1], newline="", encoding="utf-8") as file:
    rows = [row for row in csv.DictReader(file) if row["company_name"]][:12]
sys.stdout.reconfigure(encoding="utf-8")
print(line({name: name for name in WIDTHS}), *map(line, rows), sep="\n")
END

printf '\nThe same command again:\n'
shown enrich run "$table" --columns "$columns" --sandbox --cache "$tmp/store" --budget 50 \
    -o "$tmp/again.csv" --report "$tmp/again.json"
printf '\n'
python - "$tmp/again.json" <<'END'
import json
import sys

with open(sys.argv[1], encoding="utf-8") as file:
    report = json.load(file)
calls = sum(provider["calls"] for provider in report["providers"])
spent = report["spend"]["spent"]
print(f"The second run: {calls} calls, ${spent}.")
if calls or spent != "0.00":
    sys.exit("demo: FAILED, the second run must ask nobody and cost nothing")
END
cmp -s "$tmp/leads.enriched.csv" "$tmp/again.csv" || {
    echo "demo: FAILED, the second run must write the same table" >&2
    exit 1
}
