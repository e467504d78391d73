#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds openapi.yaml and PROTOCOL.md against the schema files: every reference resolves, every
schema is used, every endpoint is there."""
import json
import os
import re
import sys

try:
    import yaml
except ImportError:
    print("skipped: python3-yaml is not installed")
    sys.exit(77)

ROOT = os.environ.get("HIGGS_SOURCE", os.getcwd())
SCHEMAS = os.path.join(ROOT, "shared/protocol/schemas")
faults = []

# The specification's endpoints and those of the answers to what it leaves open.
ENDPOINTS = {
    "get /api/v1/server",
    "post /api/v1/nodes/register",
    "post /api/v1/nodes/{nodeId}/heartbeat",
    "get /api/v1/nodes/{nodeId}/signal",
    "get /api/v1/nodes",
    "get /api/v1/locations",
    "post /api/v1/routing/request",
    "get /api/v1/routes/explain",
    "post /api/v1/sessions/{sessionId}/renew",
    "delete /api/v1/sessions/{sessionId}",
    "post /api/v1/metrics",
    "get /api/v1/turn/stun",
    "get /api/v1/turn/servers",
    "get /api/v1/turn/ice",
    "get /relay/{sessionId}",
    "get /metrics",
    "get /admin",
    "get /healthz",
    "get /readyz",
}
METHODS = {"get", "post", "put", "patch", "delete"}
PUBLIC_TEXT_ONLY = {"relay_message.json", "signal_message.json"}  # no REST bodies


class UniqueKeys(yaml.SafeLoader):
    """YAML lets a later key replace an earlier one silently."""

    def construct_mapping(self, node, deep=False):
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        if len(keys) != len(set(keys)):
            raise yaml.YAMLError(f"duplicate key near line {node.start_mark.line + 1}")
        return super().construct_mapping(node, deep)


def resolve(document, pointer):
    for token in [t for t in pointer.split("/") if t]:
        document = document[token.replace("~1", "/").replace("~0", "~")]
    return document


def references(value):
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for child in value.values():
            yield from references(child)
    elif isinstance(value, list):
        for child in value:
            yield from references(child)


def load_json(path):
    def unique(pairs):
        keys = [key for key, _ in pairs]
        if len(keys) != len(set(keys)):
            raise ValueError(f"duplicate key in {path}")
        return dict(pairs)

    with open(path, encoding="utf-8") as file:
        return json.load(file, object_pairs_hook=unique)


def check_references(name, document, base):
    """Every reference leads somewhere; returns the files that were named."""
    named = set()
    for reference in references(document):
        file, _, pointer = reference.partition("#")
        try:
            target = load_json(os.path.join(base, file)) if file else document
            resolve(target, pointer)
        except (OSError, KeyError, TypeError, ValueError) as error:
            faults.append(f"{name}: {reference} leads nowhere: {error!r}")
        if file:
            named.add(os.path.basename(file))
    return named


with open(os.path.join(ROOT, "openapi.yaml"), encoding="utf-8") as file:
    api = yaml.load(file, UniqueKeys)
if not str(api.get("openapi", "")).startswith("3.1"):
    faults.append("openapi.yaml: not OpenAPI 3.1")

used = check_references("openapi.yaml", api, ROOT)
files = {name for name in os.listdir(SCHEMAS) if name.endswith(".json")}
for name in sorted(files):
    schema = load_json(os.path.join(SCHEMAS, name))
    if schema.get("$schema") != "http://json-schema.org/draft-07/schema#":
        faults.append(f"{name}: says no dialect")
    if schema.get("$id") != name:
        faults.append(f"{name}: its $id is another")
    used |= check_references(name, schema, SCHEMAS)
for name in sorted(files - used - PUBLIC_TEXT_ONLY):
    faults.append(f"{name}: nothing refers to it")

found = set()
identifiers = set()
for path, item in api["paths"].items():
    declared = {p["name"] for p in item.get("parameters", []) if "name" in p}
    declared |= {resolve(api, p["$ref"][1:])["name"] for p in item.get("parameters", [])
                 if "$ref" in p}
    for variable in re.findall(r"{(\w+)}", path):
        if variable not in declared:
            faults.append(f"{path}: {variable} is not declared")
    for method in METHODS & set(item):
        operation = item[method]
        found.add(f"{method} {path}")
        if not operation.get("responses"):
            faults.append(f"{method} {path}: no responses")
        if operation["operationId"] in identifiers:
            faults.append(f"{method} {path}: its operationId is taken")
        identifiers.add(operation["operationId"])
for missing in sorted(ENDPOINTS - found):
    faults.append(f"openapi.yaml lacks {missing}")
for extra in sorted(found - ENDPOINTS):
    faults.append(f"openapi.yaml has {extra}, which is no endpoint")

with open(os.path.join(ROOT, "shared/protocol/PROTOCOL.md"), encoding="utf-8") as file:
    text = file.read()
for endpoint in sorted(ENDPOINTS):
    method, path = endpoint.split(" ")
    if f"`{method.upper()} {path}`" not in text:
        faults.append(f"PROTOCOL.md lacks {method.upper()} {path}")
for link in re.findall(r"\]\(([^)#:]+)\)", text):
    if not os.path.exists(os.path.join(ROOT, "shared/protocol", link)):
        faults.append(f"PROTOCOL.md: {link} leads nowhere")

# One table of error codes: PROTOCOL.md's, openapi.yaml's and what the server's sources can say.
codes = {(status, code) for status, listed in api["x-error-codes"].items() for code in listed}
documented = {(status, code) for status, cell in re.findall(r"^\| (\d{3}) \| (.*) \|$", text, re.MULTILINE)
              for code in re.findall(r"`([a-z_]+)`", cell)}
for status, code in sorted(codes ^ documented):
    faults.append(f"{status} {code} is in only one of openapi.yaml and PROTOCOL.md")
spoken = set()
for folder, _, names in os.walk(os.path.join(ROOT, "server")):
    for name in names:
        if name.endswith((".cpp", ".h")):
            with open(os.path.join(folder, name), encoding="utf-8") as file:
                spoken |= set(re.findall(r'\b([45]\d{2}),\s*"([a-z_]+)"', file.read()))
if len(spoken) < 20:
    faults.append("the server's error codes are not found where they are written: look here")
for status, code in sorted(spoken - codes):
    faults.append(f"the server says {status} {code}, which is in no table")
for path, item in api["paths"].items():
    for method in METHODS & set(item):
        for status, response in item[method]["responses"].items():
            response = resolve(api, response["$ref"][1:]) if "$ref" in response else response
            for code in {code for _, code in codes} & set(re.findall(r"[a-z_]+", response["description"])):
                if (status, code) not in codes and status >= "400":
                    faults.append(f"{method} {path}: {code} does not come with {status}")

for fault in faults:
    print(fault)
print(f"{len(found)} endpoints, {len(files)} schemas, {len(faults)} faults")
sys.exit(1 if faults else 0)
