"""Which columns say who a person is: by the words of their names, and by what they hold.

A direct identifier names a person by itself. A quasi-identifier helps to find one among few.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_ID_WORDS = frozenset({"id", "ids", "uuid", "guid", "key", "identifier", "pk", "ident"})
ENTITY_WORDS = frozenset(
    {"patient", "customer", "user", "person", "subject", "client", "member", "account"}
    | {"employee", "student", "participant", "household", "individual", "beneficiary"}
)
_NUMBERED = ("id", "number", "no", "nr", "nbr", "num")
_PERSON_NAME_WORDS = ENTITY_WORDS | frozenset(
    {"first", "last", "full", "given", "family", "middle", "maiden", "contact", "sur", "nick"}
)
_NAME_ALONE = frozenset(
    {"name", "first", "last", "maiden", "surname", "forename", "firstname", "lastname", "fullname"}
    | {"vorname", "nachname", "familienname", "prenom", "apellido", "apellidos"}
    | {"username", "middlename", "familyname", "givenname", "nickname"}
)
_BIRTHS = (
    *("birthdate", "dateofbirth", "birthday", "geburtsdatum", "geburtstag", "gebdatum"),
    *("datenaissance", "datedenaissance", "fechanacimiento", "fechadenacimiento"),
)
_DOCUMENT_WORDS = frozenset(
    {"ssn", "passport", "drivers", "driver", "iban", "nino", "taxid", "aadhaar", "license"}
    | {"licence", "creditcard", "mrn"}
)

_CONTENTS: tuple[tuple[str, str], ...] = (
    ("e-mail", r"^[^@\s]+@[^@\s]+\.[A-Za-z]{2,}$"),
    ("document number", r"^\d{3}-\d{2}-\d{4}$"),
    ("IBAN", r"^[A-Z]{2}\d{2} ?[A-Z]{4}[A-Z0-9 ]{7,26}$|^[A-Z]{2}\d{2}( ?\d{4}){3,7}( ?\d{1,4})?$"),
    ("phone", r"^(\+?1[ .-]?)?(\(\d{3}\) ?|\d{3}[ .-])\d{3}[ .-]\d{4}$|^\+\d[\d ().-]{7,}\d$"),
    ("IP address", r"^(\d{1,3}\.){3}\d{1,3}$"),
    (
        "street address",
        r"(?i)^\d+[A-Z]?,? [\w .'-]+\b(street|st|road|rd|avenue|ave|lane|ln|drive|dr|boulevard"
        r"|blvd|court|ct|way|place|pl|terrace|square|close)\b",
    ),
)

_LOOKED_AT = 25  # distinct values, before all of the sample are
_ENOUGH = 0.8  # the share of a column's distinct values that must look alike
_SHAPES = {
    "phone": r"\d\D*\d\D*\d\D*\d\D*\d\D*\d\D*\d",
    "e-mail": r"@",
    "document number": r"\d{4}",
}


def words(name: str) -> tuple[str, ...]:
    """The words of a column name in lower case: "PatientID" is patient, id."""
    parts = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name)
    return tuple(p.lower() for p in parts)


def id_like(name: str) -> bool:
    """Whether a name says that the column identifies something."""
    parts = words(name)
    if _ID_WORDS & set(parts):
        return True
    joined = "".join(parts)
    return any(joined == f"{noun}{tail}" for noun in ENTITY_WORDS for tail in _NUMBERED)


def entity_like(name: str) -> bool:
    """Whether a name says that the column holds persons, or other holders of rows."""
    parts = words(name)
    return id_like(name) or (len(parts) == 1 and parts[0] in ENTITY_WORDS)


def person_like(name: str) -> bool:
    """Whether a name says that the column holds persons, and no other holders of rows."""
    joined = "".join(words(name))
    return bool(ENTITY_WORDS & set(words(name))) or any(joined.startswith(w) for w in ENTITY_WORDS)


def code_like(name: str) -> bool:
    """Whether a name says that digits are a code and no amount (ZIP, phone)."""
    return _postal(set(words(name))) or _by_name(name) in ("phone", "document number")


def quasi(name: str) -> bool:
    """Whether a name is that of a quasi-identifier."""
    parts = words(name)
    terms, joined = set(parts), "".join(parts)
    if _postal(terms):
        return True
    if terms & {"lat", "latitude", "lon", "lng", "long", "longitude", "city", "town", "village"}:
        return "long" not in terms or len(parts) == 1
    if birth_like(name) or any(t in joined for t in ("birthplace", "placeofbirth", "deathdate")):
        return True
    return "municipality" in terms


def birth_like(name: str) -> bool:
    """Whether a name is that of a birth date."""
    parts = words(name)
    joined = "".join(parts)
    return "dob" in parts or any(term in joined for term in _BIRTHS)


def _postal(terms: set[str]) -> bool:
    return bool(terms & {"zip", "zipcode", "postcode", "postal", "postalcode", "plz"}) or (
        {"post", "code"} <= terms
    )


def _by_name(name: str) -> str | None:
    parts = words(name)
    terms, joined = set(parts), "".join(parts)
    if {"email", "mail"} & terms or {"e", "mail"} <= terms:
        return "e-mail"
    if {"phone", "telephone", "mobile", "tel", "cellphone", "fax"} & terms:
        return "phone"
    if (
        _DOCUMENT_WORDS & terms
        or {"social", "security"} <= terms
        or joined in ("taxid", "cardnumber")
    ):
        return "document number"
    if {"address", "street", "addr"} & terms and not {"ip", "mac", "type"} & terms:
        return "street address"
    if joined in _NAME_ALONE or ("name" in terms and terms - {"name"} <= _PERSON_NAME_WORDS):
        return "person name"
    return None


def direct(
    name: str, sample: Sequence[str], *, is_text: bool, distinct: int, filled: int
) -> tuple[str, str] | None:
    """What kind of direct identifier a column is, and how we know; None if it is none.

    `sample` holds some distinct values as text, `filled` counts the cells that are not missing.
    """
    if not sample or distinct < min(10, filled / 2):
        return None
    if is_text:
        some = sample[:: max(1, len(sample) // _LOOKED_AT)]
        for kind, regex in _CONTENTS:
            # Of most columns a few texts are enough to see that they are of no such kind.
            if 2 * sum(bool(re.search(regex, v)) for v in some) < len(some):
                continue
            share = sum(bool(re.search(regex, v)) for v in sample) / len(sample)
            if share >= _ENOUGH:
                return kind, f"{share:.0%} of the distinct values look like one"
    kind_by_name = _by_name(name)
    if kind_by_name is None:
        return None
    shape = _SHAPES.get(kind_by_name, r"[^\W\d_]")
    if not is_text and kind_by_name not in ("phone", "document number"):
        return None
    if sum(bool(re.search(shape, v)) for v in sample) / len(sample) < _ENOUGH:
        return None
    # A free-standing "name" or "first" may be that of a thing; persons' names rarely repeat much.
    if name.lower() in ("name", "first", "last") and distinct < 0.2 * filled:
        return None
    return kind_by_name, f"its name {name!r} says so"
