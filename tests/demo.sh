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

shown() {
    printf '\n$ %s\n' "$*"
    "$@"
}

shown enrich estimate "$table" --columns "$columns" --sandbox --cache "$tmp/store"

shown enrich run "$table" --columns "$columns" --sandbox --cache "$tmp/store" \
    --budget 50 -o "$tmp/leads.csv" 2>&1

printf '\nThe first enriched rows (six of the columns):\n\n'
python - "$tmp/leads.csv" <<'END'
import csv
import sys

columns = ("Lead ID", "Website", "company_name", "Industry", "employee_count", "job_title")
with open(sys.argv[1], newline="", encoding="utf-8") as file:
    rows = [row for row in csv.DictReader(file) if row["company_name"]][:12]
for row in ({name: name for name in columns}, *rows):
    cells = (" ".join(row[name].split()) for name in columns)
    widths = (7, 34, 22, 22, 14, 24)
    print("  ".join(f"{c if len(c) <= w else c[: w - 1] + '…':{w}}" for c, w in zip(cells, widths)).rstrip())
END

printf '\nThe same again:\n'
shown enrich run "$table" --columns "$columns" --sandbox --cache "$tmp/store" \
    --budget 50 -o "$tmp/again.csv" --quiet --json >"$tmp/again.json"
printf '\n$ enrich run %s ... (as above)\n' "$table"
python - "$tmp/again.json" <<'END'
import json
import sys

with open(sys.argv[1], encoding="utf-8") as file:
    report = json.loads("{" + file.read().partition("{")[2])
calls = sum(provider["calls"] for provider in report["providers"])
spent = report["spend"]["spent"]
print(f"{calls} calls, ${spent} spent")
if calls or float(spent):
    sys.exit("demo: the second run must ask nobody and cost nothing")
END
cmp -s "$tmp/leads.csv" "$tmp/again.csv" || {
    echo "demo: the second run must write the same table" >&2
    exit 1
}
