"""The JSON Schema of spec files, for editors that complete and check while one types."""

from __future__ import annotations

from typing import Any

from enrich_cli.adapters.coerce import NAMED
from enrich_cli.adapters.spec_models import SpecFile
from enrich_cli.adapters.spec_words import WORDS
from enrich_cli.domain.entity import CATALOGUE, IdKind


def spec_schema() -> dict[str, Any]:
    """The schema: keys with what they are for, types and closed lists.

    What goes together is checked on loading only.
    """
    schema = SpecFile.model_json_schema(by_alias=True)
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "A provider of enrich"
    kinds = {"enum": [kind.value for kind in IdKind]}
    tables, fields = schema["$defs"], schema["properties"]["fields"]
    field = fields.pop("additionalProperties")
    fields["additionalProperties"] = {"anyOf": [{"type": "string"}, field]}
    fields["propertyNames"] = {"enum": list(CATALOGUE)}
    schema["properties"]["needs"]["items"]["items"] = kinds
    schema["properties"]["check"]["propertyNames"] = kinds
    schema["properties"]["only"]["propertyNames"] = kinds
    tables["PickTable"]["properties"]["by"]["propertyNames"] = kinds
    tables["FieldTable"]["properties"]["as"] = {"enum": sorted(NAMED)}
    rate = tables["LimitsTable"]["properties"]["rate"]
    tables["LimitsTable"]["properties"]["rate"] = {"anyOf": [{"type": "string"}, rate]}
    for name, table in {**tables, SpecFile.__name__: schema}.items():
        for key, said in table["properties"].items():
            said["description"] = WORDS[name][key]
    return schema
