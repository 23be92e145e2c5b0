"""The torture files: what stands in each, and what must come out where nobody is found.

Those named `spectrum` are cases of the csv-spectrum collection, remade with content of our own.
"""

from __future__ import annotations

import codecs
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Case:
    """A file. Exactly `out` comes out, or the run is refused in one line that says `refused`."""

    content: bytes
    out: bytes = b""
    refused: str = ""
    options: tuple[str, ...] = ()
    note: str = ""
    ending: str = ".csv"


def spelled(
    *records: str,
    sep: str = ",",
    eol: str = "\n",
    encoding: str = "utf-8",
    bom: bytes = b"",
    final: bool = True,
    behind: str = "",
    header: str = "industry",
    ending: str = ".csv",
    note: str = "",
) -> Case:
    """Records that come out as they went in, each with `sep` and `behind` at its end."""
    more = [sep + (behind if place else header) for place in range(len(records))]
    ends = [eol] * (len(records) - 1) + [eol if final else ""]
    before = "".join(record + end for record, end in zip(records, ends, strict=True))
    after = "".join(r + m + e for r, m, e in zip(records, more, ends, strict=True))
    return Case(
        bom + before.encode(encoding), bom + after.encode(encoding), ending=ending, note=note
    )


PLAIN = ("id,website,city", "007,https://www.acme.example/,Bonn", "008,globex.example,", ",,")
WORDS = ("name,website,city", *["Café Zürich,acme.example,Österreich"] * 40)
RUSSIAN = ("имя,сайт,город", *["Компания,acme.example,Москва и Санкт-Петербург"] * 40)
JAPANESE = ("名前,website,都市", *["東京の会社,acme.example,東京都千代田区"] * 40)
EOLS = {"LF": "\n", "CRLF": "\r\n", "CR": "\r"}
SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}
ENCODINGS = {
    "UTF-8 with a mark": ("utf-8", codecs.BOM_UTF8, WORDS),
    "UTF-16 LE": ("utf-16-le", codecs.BOM_UTF16_LE, WORDS),
    "UTF-16 BE": ("utf-16-be", codecs.BOM_UTF16_BE, WORDS),
    "UTF-16 LE without a mark": ("utf-16-le", b"", WORDS),
    "cp1252": ("cp1252", b"", WORDS),
    "latin-1": ("latin-1", b"", WORDS),
    "cp1251": ("cp1251", b"", RUSSIAN),
    "UTF-8, Japanese": ("utf-8", b"", JAPANESE),
}

FILES: Mapping[str, Case] = {
    # The same table in every delimiter and line ending, and texts in every encoding.
    **{
        f"{name}, {end}": spelled(*(r.replace(",", sep) for r in PLAIN), sep=sep, eol=eol)
        for name, sep in SEPARATORS.items()
        for end, eol in EOLS.items()
    },
    **{
        f"{name}, {end}": spelled(*records, eol=EOLS[end], encoding=encoding, bom=mark)
        for name, (encoding, mark, records) in ENCODINGS.items()
        for end in ("LF", "CRLF")
    },
    # csv-spectrum
    "spectrum: comma in quotes": spelled("first,address", 'Ann,"1 Main St, Springfield"'),
    "spectrum: empty": spelled("a,b,c", '1,"",""', "2,3,4"),
    "spectrum: empty, CRLF": spelled("a,b,c", '1,"",""', "2,3,4", eol="\r\n"),
    "spectrum: escaped quotes": spelled("a,b", '1,"ha ""ha"" ha"', "3,4"),
    "spectrum: JSON": spelled("key,val", '1,"{""type"": ""Point"", ""at"": [1, 2]}"'),
    "spectrum: coordinates": spelled("website,at", 'acme.example,"50.1, 7.2"', 'b.example,"1, 2"'),
    "spectrum: newlines": spelled("a,b,c", "1,2,3", '"Once upon\na time",5,6'),
    "spectrum: newlines, CRLF": spelled("a,b", "1,2", '"Once upon\r\na time",5', eol="\r\n"),
    "spectrum: quotes and newlines": spelled("a,b", '1,"ha\n""ha""\nha"', "3,4"),
    "spectrum: simple": spelled("a,b,c", "1,2,3"),
    "spectrum: simple, CRLF": spelled("a,b,c", "1,2,3", eol="\r\n"),
    "spectrum: UTF-8": spelled("a,b,c", "1,2,3", "4,5,ʤ"),
    # Cells that a careless reader changes.
    "leading zeros and exact decimals": spelled("n,zip", "1.10,00501", "1e5,0x10", "1_000,NaN"),
    "words for nothing": spelled("a,b", "null,NULL", "None,N/A", "nan,-", "NA,#N/A"),
    "dates": spelled("d,t", "2024-02-30,12:00", "01/02/03,24:61:61"),
    "booleans": spelled("a,b", "true,FALSE", "yes,0"),
    "white space": spelled("a,b", " x , y", "z,  ", " ,\u00a0", "\t,\u3000"),
    "empty and quoted empty": spelled("a,b,c", ',,""', '"",,', ",,"),
    "formulas": spelled("a,b", "=1+1,@x", "+49 30,-5", "=HYPERLINK(1),'=x"),
    "controls": spelled("a,b", "\x01\x02,\x1b[31m", "\x7f,\x1f"),
    "NUL": spelled("a,b", "x\x00y,\x00", "\x00\x00,z"),
    "emoji and marks": spelled("a,b", "\U0001f600,\u200b", "\u202ex,e\u0301", "y,\ufeffz"),
    "other line ends of Unicode": spelled("a,b", "x\u2028y,\u2029", "\x0b,\x0c", "\x85,\x1c"),
    "a mark in front of the first cell": spelled("a,b", '"\ufeffy",1', note=""),
    "single quotes": spelled("a,b", "'x,'", "'it''s',y"),
    "backslashes": spelled("a,b", "x\\,y", "\\n,\\"),
    "comment signs": spelled("a,b", "#x,y", "# 1,2"),
    "a cell of a megabyte": spelled("a,b", "x" * (1 << 20) + ",y"),
    "a quoted cell of a megabyte": spelled("a,b", '"' + "q\n" * (1 << 19) + '",z'),
    "CR inside of quotes": spelled("a,b", '"x\ry",1'),
    "a bar behind an accent": Case(
        b"a|\xe9|\xe9a\nx|x|x\n", b"a|\xe9|\xe9a|industry\nx|x|x|\n", note="delimiter |"
    ),
    "CR at the end of bare cells": Case(
        b'a,b\n\r,1\n"x\ny",2\r\r\n3\n',
        b'a,b,industry\n"\r",1,\n"x\ny","2\r",\r\n3,,\n',
        note="line 5",
    ),
    "CRLF inside of quotes, lines in LF": spelled("a,b", '"x\r\ny",1', "2,3"),
    "LF inside of quotes, lines in CRLF": spelled("a,b", '"x\ny",1', "2,3", eol="\r\n"),
    # Quotes.
    "all quoted": spelled('"a","b"', '"1","2"', '"",""', behind='""', header='"industry"'),
    "all quoted, over lines": spelled('"a","b"', '"1\n","2"', behind='""', header='"industry"'),
    "texts quoted, numbers bare": spelled("id,site", '1,"acme.example"', '2,"b.example"'),
    "needless quotes": spelled('a,"b"', '"1",2', '3,"4"'),
    "stray quotes": Case(
        b'a,b\n5" pipe,x\n', b'a,b,industry\n"5"" pipe",x,\n', note="a quote inside a bare cell"
    ),
    # Headers.
    "one column": spelled("website", "acme.example", "globex.example"),
    "doubled names": spelled("a,a,,", "1,2,3,4"),
    "names that differ in case": spelled("Website,website,WEBSITE", "a.example,b.example,c"),
    "names like patterns": spelled("*,^a.*$,[b],{c}", "1,2,3,4"),
    "names of our own": spelled("__row,__company,raw,rows", "1,2,acme.example,3"),
    "quoted names": spelled('"a b","c, d","e ""f"""', "1,2,3"),
    "a name over two lines": spelled('"a\nb",c', "1,2"),
    "no rows": spelled("a,b,c"),
    "no rows, no line end": spelled("a,b,c", final=False),
    "five thousand columns": spelled(
        ",".join(f"c{n}" for n in range(5_000)), ",".join("v" * (n % 3) for n in range(5_000))
    ),
    "many rows": spelled("id,site", *(f"{n:05},co{n % 7}.example" for n in range(30_000))),
    "blank lines in front of the header": Case(b"\n\na,b\n1,2\n", b"\n\na,b,industry\n1,2,\n"),
    "without a header": Case(b"1,acme.example\n", b"1,acme.example,\n", options=("--no-header",)),
    # Lines.
    "no line end at the end": spelled("a,b", "1,2", final=False),
    "no line end at the end, CRLF": spelled("a,b", "1,2", eol="\r\n", final=False),
    "blank lines": Case(b"a,b\n1,2\n\n3,4\n\n\n", b"a,b,industry\n1,2,\n\n3,4,\n\n\n"),
    "blank lines of one column": spelled("website", "acme.example", "", "b.example", ""),
    "LF, then CRLF": Case(
        b"a,b\n1,2\r\n3,4\n", b"a,b,industry\n1,2,\r\n3,4,\n", note="in LF and in CRLF"
    ),
    "CRLF, then LF": Case(
        b"a,b\r\n1,2\n3,4\r\n5,6", b"a,b,industry\r\n1,2,\n3,4,\r\n5,6,", note="in LF and in CRLF"
    ),
    "a header in CRLF, rows in LF": Case(
        b"a,b\r\n1,2\n3,4\n", b"a,b,industry\r\n1,2,\n3,4,\n", note="in LF and in CRLF"
    ),
    "a header in LF, rows in CRLF": Case(
        b"a,b\n1,2\r\n3,4\r\n", b"a,b,industry\n1,2,\r\n3,4,\r\n", note="in LF and in CRLF"
    ),
    "mixed ends and all quoted": Case(
        b'"a"\n"1"\r\n"2"\n', b'"a","industry"\n"1",""\r\n"2",""\n', note="in LF and in CRLF"
    ),
    # Rows out of shape.
    "short rows": Case(b"a,b,c\n1\n1,2\n", b"a,b,c,industry\n1,,,\n1,2,,\n", note="lines 2, 3"),
    "long rows": Case(
        b'a,b\n1,2,3\n4,5,6,,\n7,8,"x, y"\n',
        b'a,b,industry\n1,2,,3\n4,5,,6,,\n7,8,,"x, y"\n',
        note="lines 2, 3, 4",
    ),
    "long rows in CRLF": Case(b"a\r\n1,2\r\n", b"a,industry\r\n1,,2\r\n", note="line 2"),
    "short rows, refused": Case(b"a,b\n1\n", refused="line 2", options=("--strict",)),
    "long rows, refused": Case(b"a\n1\n1,2\n", refused="line 3", options=("--strict",)),
    # What cannot be read is refused.
    "nothing at all": Case(b"", refused="is empty"),
    "line ends alone": Case(b"\n\n\n", refused="is empty"),
    "a mark alone": Case(codecs.BOM_UTF8, refused="is empty"),
    "text behind a quoted cell": Case(b'a,b\n1,2\n"x"y,3\n', refused="line 3"),
    "a quote that never closes": Case(b'a,b\n1,2\n"x,3\n4,5\n', refused="line 3"),
    "a quote in the header that never closes": Case(b'a,"b\n1,2\n', refused="line 1"),
    "a name like ours": Case("\ue000row,b\n1,2\n".encode(), refused="U+E000"),
    "a zip archive": Case(b"PK\x03\x04rest", refused="zip archive"),
    "Parquet by content": Case(b"PAR1\x15rest", refused="Parquet"),
    "not compressed": Case(b"a,b\n1,2\n", refused="is not compressed", ending=".csv.gz"),
    "a damaged gzip file": Case(b"\x1f\x8b\x08rest", refused="damaged", ending=".csv.gz"),
    # By the name.
    "TSV": spelled("a\tb", "1,0\t2", sep="\t", ending=".tsv"),
    "TSV with commas in a file named CSV": spelled("a\tb", "1,0\t2,0", sep="\t"),
    "brackets and spaces in the name": spelled("a,b", "1,2", ending=" [1]*{x}.csv"),
}
