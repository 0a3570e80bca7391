"""One family of errors, one leaf for each decision that a caller has to take.

    RecapError
    ├── TryLater           the same request may work later (rate limit, outage, time-out)
    ├── OperatorMustAct    nothing changes until a person changes a key, a scope or a setting
    │   ├── ScopeMissing   the key may not do this one thing; everything else still works
    │   ├── KeyRefused     the key may do nothing at all
    │   ├── KeyNeeded      the workspace has no key that works, until its admins enter one
    │   └── NotInstalled   Recap is not, or no longer, installed in a workspace
    └── Unusable           the same request would fail the same way (refused, or not readable)

Every error carries two sentences: ``reader`` is what a person in Slack is told, ``operator`` is
what the log, the terminal and the person who runs Recap are told. Neither ever holds a secret.
"""


class RecapError(Exception):
    """Base of everything that Recap raises on purpose.

    Attributes:
        reader: One or two sentences for the person who asked: what happened and what to do.
        operator: The same for the person who runs Recap, with codes and the next step.
        request_id: The other side's id of the failed request, when it sent one.
    """

    def __init__(self, reader: str, operator: str, *, request_id: str | None = None) -> None:
        super().__init__(operator)
        self.reader = reader
        self.operator = operator
        self.request_id = request_id


class TryLater(RecapError):
    """Temporary. ``retry_after`` is the wait in seconds the other side asked for, if it did."""

    def __init__(
        self,
        reader: str,
        operator: str,
        *,
        request_id: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(reader, operator, request_id=request_id)
        self.retry_after = retry_after


class OperatorMustAct(RecapError):
    """A key, a permission or a setting has to be changed by a person first."""


class ScopeMissing(OperatorMustAct):
    """The CreatorAudit key lacks the scope for one call; the parts without it can go on."""


class KeyRefused(OperatorMustAct):
    """CreatorAudit does not take the key for anything.

    ``why`` says it in one sentence for somebody who may enter another key, and ``said`` is what was
    answered, without a word about what to do: that depends on whose key it is.
    """

    def __init__(
        self, reader: str, operator: str, *, why: str, said: str, request_id: str | None = None
    ) -> None:
        super().__init__(reader, operator, request_id=request_id)
        self.why = why
        self.said = said


class KeyNeeded(OperatorMustAct):
    """There is no key that works; ``is_refused`` when there is one that CreatorAudit refuses."""

    def __init__(
        self, reader: str, operator: str, *, is_refused: bool, request_id: str | None = None
    ) -> None:
        super().__init__(reader, operator, request_id=request_id)
        self.is_refused = is_refused


class NotInstalled(OperatorMustAct):
    """Recap is not installed in a workspace, or Slack does not take its token any more."""


class Unusable(RecapError):
    """Refused for good, or answered in a way that holds nothing to print."""
