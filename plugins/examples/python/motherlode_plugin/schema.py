"""Settings, declared once: what describe publishes is what open checks.

    SCHEMA = Schema(
        Tables("nodes", Text("url", required=True), at_least=1),
        Integer("transactions", default=5, minimum=0),
    )

    describe: settings_schema=SCHEMA.json()
    open:     problems = Problems()
              values = SCHEMA.read(request.settings_json, problems)
              ... more checks that add to problems ...
              problems.raise_if_any()
"""

from __future__ import annotations

import difflib
import json
import re
from typing import Any, Optional, Sequence, Union


class Problems(Exception):
    """All that is wrong with the settings: pairs of a key's path and a message."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []

    def add(self, path: str, message: str) -> None:
        """Adds a problem. Say what is wrong and what was expected."""
        self.found.append((path, message))

    def raise_if_any(self) -> None:
        """Raises this exception when there is a problem."""
        if self.found:
            raise self

    def __str__(self) -> str:
        return "\n".join(f"{path}: {message}" if path else message for path, message in self.found)


class Text:
    """A string. The pattern must fit the whole of it; example is shown to who errs."""

    def __init__(
        self, key: str, *, default: str = "", required: bool = False, pattern: str = "", example: str = ""
    ) -> None:
        self.key, self.default, self.required = key, default, required
        self.pattern, self.example = pattern, example

    def schema(self) -> dict[str, Any]:
        """The JSON schema of the value."""
        out: dict[str, Any] = {"type": "string"}
        if self.pattern:
            out["pattern"] = f"^(?:{self.pattern})$"
        return out if self.required else out | {"default": self.default}

    def read(self, path: str, value: Any, problems: Problems) -> str:
        """The value, or the default beside a problem."""
        if not isinstance(value, str):
            problems.add(path, f"is {kind(value)}; expected a string")
        elif self.pattern and not re.fullmatch(self.pattern, value):
            wanted = f"one like {json.dumps(self.example)}" if self.example else f"the form {self.pattern}"
            problems.add(path, f"does not fit; expected {wanted}")  # without the value: it may be a password
        else:
            return value
        return self.default


class Integer:
    """A whole number between minimum and maximum, both included."""

    def __init__(
        self, key: str, *, default: int = 0, required: bool = False, minimum: int = 0, maximum: int = 2**53
    ) -> None:
        self.key, self.default, self.required = key, default, required
        self.minimum, self.maximum = minimum, maximum

    def schema(self) -> dict[str, Any]:
        """The JSON schema of the value."""
        out = {"type": "integer", "minimum": self.minimum, "maximum": self.maximum}
        return out if self.required else out | {"default": self.default}

    def read(self, path: str, value: Any, problems: Problems) -> int:
        """The value, or the default beside a problem."""
        if isinstance(value, bool) or not isinstance(value, int):
            problems.add(path, f"is {kind(value)}; expected a whole number")
        elif not self.minimum <= value <= self.maximum:
            problems.add(path, f"{value} is out of range; expected {self.minimum} to {self.maximum}")
        else:
            return value
        return self.default


class Boolean:
    """True or false."""

    def __init__(self, key: str, *, default: bool = False, required: bool = False) -> None:
        self.key, self.default, self.required = key, default, required

    def schema(self) -> dict[str, Any]:
        """The JSON schema of the value."""
        return {"type": "boolean"} if self.required else {"type": "boolean", "default": self.default}

    def read(self, path: str, value: Any, problems: Problems) -> bool:
        """The value, or the default beside a problem."""
        if isinstance(value, bool):
            return value
        problems.add(path, f"is {kind(value)}; expected true or false")
        return self.default


class Tables:
    """A list of tables with the same keys: the nodes of a coin, say."""

    def __init__(self, key: str, *fields: "Field", at_least: int = 0) -> None:
        self.key, self.fields, self.at_least = key, fields, at_least
        self.default: list[dict[str, Any]] = []
        self.required = at_least > 0

    def schema(self) -> dict[str, Any]:
        """The JSON schema of the value."""
        return {"type": "array", "minItems": self.at_least, "items": table_schema(self.fields)}

    def read(self, path: str, value: Any, problems: Problems) -> list[dict[str, Any]]:
        """The value, with a problem for whatever is wrong in it."""
        if not isinstance(value, list):
            problems.add(path, f"is {kind(value)}; expected a list of tables")
            return []
        if len(value) < self.at_least:
            problems.add(path, f"has {len(value)} entries; expected at least {self.at_least}")
        return [read_table(f"{path}[{i}]", self.fields, entry, problems) for i, entry in enumerate(value)]


Field = Union[Text, Integer, Boolean, Tables]


class Schema:
    """The settings of a coin."""

    def __init__(self, *fields: Field) -> None:
        self.fields = fields

    def json(self) -> bytes:
        """The JSON schema, as describe publishes it."""
        return json.dumps(table_schema(self.fields), indent=2).encode()

    def read(self, settings: bytes, problems: Problems) -> dict[str, Any]:
        """The settings by key, defaults in their place. It adds to problems."""
        try:
            value = json.loads(settings or b"{}")
        except (ValueError, RecursionError) as err:
            problems.add("", f"the settings are no JSON: {err}")
            value = {}
        return read_table("", self.fields, value, problems)


def table_schema(fields: Sequence[Field]) -> dict[str, Any]:
    """The JSON schema of a table."""
    out: dict[str, Any] = {
        "type": "object",
        "additionalProperties": False,
        "properties": {field.key: field.schema() for field in fields},
    }
    required = [field.key for field in fields if field.required]
    return out | {"required": required} if required else out


def read_table(path: str, fields: Sequence[Field], value: Any, problems: Problems) -> dict[str, Any]:
    """The values of one table by key."""
    if not isinstance(value, dict):
        problems.add(path, f"is {kind(value)}; expected a table")
        value = {}
    prefix = path + "." if path else ""
    known = [field.key for field in fields]
    for key in value:
        if key not in known:
            problems.add(prefix + key, unknown(key, known))
    out = {}
    for field in fields:
        out[field.key] = field.default
        if field.key in value:
            out[field.key] = field.read(prefix + field.key, value[field.key], problems)
        elif field.required:
            problems.add(prefix + field.key, "is missing")
    return out


def unknown(key: str, known: Sequence[str]) -> str:
    """What to tell about a key that nobody reads: it is a typing error."""
    near: Optional[str] = next(iter(difflib.get_close_matches(key, known, 1)), None)
    hint = f"did you mean {near!r}?" if near else "expected " + (", ".join(known) or "no keys at all")
    return f"the key {key!r} is not known; {hint}"


def kind(value: Any) -> str:
    """A JSON value's type, for people."""
    names = {str: "a string", bool: "true or false", int: "a number", float: "a number with a fraction",
             list: "a list", dict: "a table", type(None): "null"}
    return names.get(type(value), type(value).__name__)
