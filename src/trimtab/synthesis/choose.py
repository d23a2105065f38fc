"""Which kind of model for this table and what is asked of it: exactness, then measurement and time.

The quickest kind that does exactly what is asked is taken: a chain of trees, where some order of it
does, and else the network, which takes about a minute and completes rows whatever cells they give.
Where several would do and a comparison is asked for, as "best" or by giving minutes, all of them
are learned and the one that holds unseen rows likelier is kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace

from pydantic.fields import FieldInfo

from trimtab._validate import one_of
from trimtab.errors import InputError, RefusedError
from trimtab.model.coded import Coded
from trimtab.model.kind import ModelKind, Needs, Options, Refusal, Sizes
from trimtab.model.kinds import kind_of, kinds
from trimtab.request.fit import Fit

AUTO, BEST = "auto", "best"
UNNAMED = (AUTO, BEST)  # what leaves the kind open
# What `fit` takes besides, in Python or as a command.
_TAKEN = {*Fit.model_fields, "data", "checkpoint", "resume", "progress", "output", "as_json"}


def model_names(balancing: bool = False, filling: bool = False) -> tuple[str, ...]:
    """What can be asked for as a model; only what can balance, or fill gaps, if that is said."""
    able = [
        kind.name
        for kind in kinds()
        if kind.balances or not (balancing or filling) or (filling and kind.freely)
    ]
    return (*UNNAMED, *able)


def option_fields() -> dict[str, FieldInfo]:
    """The options of all kinds, by name; where several have one, it is the same to all.

    Raises InputError for an option that is called like another one, or like a part of the request,
    or that has no default: other kinds are asked for without it.
    """
    fields: dict[str, FieldInfo] = {}
    for kind in kinds():
        for name, field in kind.options.fields().items():
            if field.is_required():
                raise InputError(
                    f"the kind of model {kind.name} has an option {name!r} without a default: "
                    "uninstall the package that brings it, or have it given one."
                )
            if name in _TAKEN or repr(fields.setdefault(name, field)) != repr(field):
                raise InputError(
                    f"the kind of model {kind.name} has an option {name!r}, which is the name of "
                    "another one: uninstall the package that brings it, or have it renamed."
                )
    return fields


def quickest() -> str:
    """The kind that is learned soonest."""
    return next(kind.name for kind in kinds() if kind.automatic)


def freest(*, exact: bool = False) -> str:
    """The quickest kind that fills gaps wherever in a row they stand; if `exact`, one that is at
    hand and conditions exactly on all other cells, where there is one."""
    able = [kind for kind in kinds() if kind.freely]
    exactly = [kind for kind in able if kind.automatic and kind.missing() is None]
    return (exactly if exact and exactly else able)[0].name


def free(model: str) -> bool:
    """Whether models of a kind, by its name, are given any cells of a row."""
    return kind_of(model).automatic and kind_of(model).freely


def watched() -> tuple[str, ...]:
    """The kinds that keep what they drew at stages of their training."""
    return tuple(kind.name for kind in kinds() if kind.watched)


def resumable() -> tuple[str, ...]:
    """The kinds that may be chosen unasked whose training can be broken off and gone on with."""
    return tuple(kind.name for kind in kinds() if kind.resumable and kind.automatic)


def of_persons() -> str:
    """The kind that draws persons with all their rows."""
    return next(kind.name for kind in kinds() if kind.persons)


def understanding(coded: Coded) -> tuple[str, ...]:
    """How kinds that look for more than a schema says understand a table, in words."""
    return tuple(text for kind in kinds() for text in kind.understanding(coded))


def engines() -> dict[str, dict[str, str]]:
    """What carries out the work of each kind on this machine, where that differs: see `Engine`."""
    found = {kind.name: kind.engine() for kind in kinds()}
    return {name: asdict(engine) for name, engine in found.items() if engine is not None}


def missing(model: str) -> str | None:
    """Why no such model can be learned here; None if it can."""
    why = kind_of(model).missing()
    return None if why is None else str(why)


def options_of(model: str, given: Mapping[str, object]) -> Options:
    """The options of a kind of model, as given. Raises InputError for what it cannot be asked."""
    one_of(model_names(), model=model)
    for name in given:
        having = [kind.name for kind in kinds() if name in kind.options.model_fields]
        if not having:
            raise InputError(f"{name} is an option of no kind of model: leave it out.")
        if model not in having:
            which = f"model {having[0]}" if len(having) == 1 else f"models {', '.join(having)}"
            raise InputError(
                f"{name} is for the {which}, not for {model}: leave it out, or ask for "
                f"{_models(having)}."
            )
    return Options() if model in UNNAMED else kind_of(model).options.of_kind(model, given)


@dataclass(frozen=True)
class Choice:
    """What is learned: one kind, or several to be compared; why; and the columns that lead it."""

    kinds: tuple[ModelKind, ...]
    reason: str
    first: tuple[str, ...] = ()


def choose(model: str, needs: Needs, sizes: Sizes, minutes: float | None = None) -> Choice:
    """The choice for what is needed.

    model    what was asked for: one of `model_names()`
    sizes    tells how many tokens each column has; called where the needs ask for it
    minutes  that were given for a comparison; None where nothing was said

    Raises InputError for a name that is no model, or one that cannot be learned here for want of a
    package; RefusedError where nothing that can be learned here does exactly what is needed.
    """
    one_of(model_names(), model=model)
    if model not in UNNAMED:
        return _asked_for(kind_of(model), needs, sizes)
    if needs.scattered:
        return _of_free()
    able: list[tuple[ModelKind, tuple[str, ...]]] = []
    refusals: list[Refusal] = []
    for kind in _automatic():
        lead = kind.lead(needs, sizes)
        if isinstance(lead, Refusal):
            refusals.append(lead)
        elif absent := kind.missing():
            refusals.append(absent)
        else:
            able.append((kind, lead))
    if not able:
        reasons = ", and ".join(refusal.reason for refusal in refusals)
        remedies = [refusal.remedy for refusal in refusals if refusal.remedy]
        raise RefusedError(f"{reasons}: {remedies[-1] if remedies else 'ask for less at once'}.")
    (quick, first), rivals = able[0], tuple(kind for kind, _ in able[1:])
    if rivals and (model == BEST or minutes is not None):
        return Choice((quick, *rivals), "", first)
    if quick is not _automatic()[0]:
        return Choice((quick,), refusals[0].reason, first)
    reason = f"a {quick.noun} conditions exactly on what is asked, and {quick.pace}"
    if rivals:
        reason += f" (`model={BEST!r}` compares it with a {rivals[0].noun})"
    elif model == BEST:
        reason += "".join(f"; there is nothing to compare it with: {why}" for why in refusals)
    return Choice((quick,), reason, first)


def _of_free() -> Choice:
    """All kinds at hand that fill gaps wherever in a row they stand, to be compared."""
    absent = {kind: kind.missing() for kind in kinds() if kind.freely}
    able = tuple(kind for kind, why in absent.items() if why is None)
    if len(able) > 1:
        return Choice(able, "")
    reason = f"a {able[0].noun} fills gaps wherever in a row they stand"
    rest = [str(why) for why in absent.values() if why is not None]
    return Choice(able, f"{reason}; there is nothing to compare it with: {', '.join(rest)}")


def _automatic() -> list[ModelKind]:
    return [kind for kind in kinds() if kind.automatic]


def _asked_for(kind: ModelKind, needs: Needs, sizes: Sizes) -> Choice:
    if why := kind.missing():
        able = [k.name for k in _automatic() if k.missing() is None]
        raise InputError(f"{why}, or learn with {_models(able)}.")
    lead = kind.lead(needs, sizes)
    if isinstance(lead, Refusal) and not needs.binding:
        return Choice((kind,), "asked for", needs.first)
    if isinstance(lead, Refusal):
        remedies = [lead.remedy] if lead.remedy else []
        if names := [k.name for k in _automatic() if _leads(k, needs, sizes)]:
            remedies.append(f"leave out `model`, or ask for {_models(names)}")
        raise RefusedError(f"{lead.reason}: {'; or '.join(remedies) or 'ask for less at once'}.")
    return Choice((kind,), "asked for", lead)


def _leads(kind: ModelKind, needs: Needs, sizes: Sizes) -> bool:
    return not isinstance(kind.lead(needs, sizes), Refusal)


def refused(reason: str, model: str, needs: Needs, sizes: Mapping[str, int]) -> RefusedError:
    """The error for a model that is not learned, with the kinds that would do what is needed."""
    others = [k for k in _automatic() if k.name != model and k.missing() is None]
    names = [k.name for k in others if _leads(k, needs, lambda: sizes)]
    return RefusedError(f"{reason} Or use {_models(names)}." if names else reason)


def refused_when_drawn(
    reason: str, model: str, given: frozenset[str], sets: frozenset[str], sizes: Mapping[str, int]
) -> RefusedError:
    """The error for a model that cannot be given some columns, with the kinds that could be, and
    how they would have to be fitted.
    """
    first = tuple(name for name in sizes if name in given | sets)
    needs, others = Needs(first, patterns=(given,), asked=((given, sets),)), []
    for kind in _automatic():
        if kind.name != model and _leads(kind, needs, lambda: sizes):
            led = "" if kind.freely else f" and `first={list(first)!r}`"
            others.append(f"`model={kind.name!r}`{led}")
    return RefusedError(
        f"{reason} Or fit it with {', or with '.join(others)}." if others else reason
    )


@dataclass(frozen=True)
class Called:
    """What a table asks for by what it is, where nobody asked for a kind.

    kind    that is learned before all others; None where none is
    reason  why that one; or why not, where a table calls for one that cannot do what is needed
    """

    kind: ModelKind | None = None
    reason: str = ""

    @property
    def notes(self) -> tuple[str, ...]:
        """Why it is not learned as it calls for; nothing where it is, or calls for nothing."""
        if self.kind is not None or not self.reason:
            return ()
        return (f"Not learned as persons with all their rows: {self.reason}",)

    def told(self, choice: Choice) -> Choice:
        """A choice with the reason for the kind that is called for."""
        return choice if self.kind is None else replace(choice, reason=self.reason)


def called_for(model: str, coded: Coded, needs: Needs | None = None) -> Called:
    """The kind that a table calls for, such as that of persons with all their rows, where none was
    asked for."""
    needs = needs or Needs()
    for kind in kinds() if model in UNNAMED else ():
        if not kind.calls_for(coded):
            continue
        lead = kind.lead(needs, lambda: coded.sizes)
        if isinstance(lead, Refusal):
            return Called(None, f"{lead}.")
        why = kind.missing() or kind.refusal(coded, needs, kind.options())
        if why is None:
            return Called(kind, f"the table calls for a {kind.noun}, which {kind.pace}")
        return Called(None, str(why))
    return Called()


def ungapped_of(model: str, coded: Coded) -> tuple[str, ...]:
    """The columns that a kind, asked for by its name, does not learn as distances."""
    return () if model in UNNAMED else kind_of(model).ungapped(coded)


def kinds_asked(model: str, needs: Needs) -> list[ModelKind]:
    """The kinds that may be learned where a model is asked for."""
    if model not in UNNAMED:
        return [kind_of(model)]
    return [kind for kind in kinds() if kind.freely] if needs.scattered else _automatic()


def _models(names: Sequence[str]) -> str:
    return " or ".join(f"`model={name!r}`" for name in names)
