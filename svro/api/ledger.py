"""The log's doors, open to all: they show hashes and signatures, and no word of any record."""

from typing import Annotated

from litestar import Response, Router, get, post
from litestar.datastructures import State
from litestar.params import FromQuery, QueryParameter

from svro.casework import evidence
from svro.casework.evidence import Ask, ConsistencyProof, InclusionProof, KeyView
from svro.doors import AnyRequest, Now, Reading, Writing
from svro.errors import Fault, Malformed

PROVE = {"permission": "log:prove"}
TEXT = "text/plain; charset=utf-8"
NO_STORE = {"Cache-Control": "no-store"}


@get("/ledger/checkpoint", opt=PROVE, operation_id="readCheckpoint", media_type="text/plain")
async def checkpoint(
    reading: Reading,
    size: Annotated[
        int | None, QueryParameter(description="A size signed before; the newest if not given")
    ] = None,
) -> Response[str]:
    """The newest checkpoint: a signed note (C2SP tlog-checkpoint), with the cosignatures of witnesses."""
    return Response(await evidence.note(reading, size), media_type=TEXT, headers=NO_STORE)


@get("/ledger/proof", opt=PROVE, operation_id="readProof")
async def proof(
    reading: Reading,
    leaf: Annotated[str | None, QueryParameter(description="A leaf's id")] = None,
    index: Annotated[int | None, QueryParameter(description="A leaf's place, from 0")] = None,
    size: Annotated[
        int | None, QueryParameter(description="Of the tree; the newest checkpoint's unless given")
    ] = None,
    first: Annotated[int | None, QueryParameter(description="For consistency: the earlier size")] = None,
    second: FromQuery[int | None] = None,
) -> Response[InclusionProof | ConsistencyProof]:
    """That a leaf is in the tree of a size, or that one tree begins another. Source: RFC 9162 ss.2.1.3,
    2.1.4.
    """
    ask = Ask(leaf=leaf, index=index, size=size, first=first, second=second)
    return Response(await evidence.prove(reading, ask), headers=NO_STORE)


@get("/ledger/keys", opt=PROVE, operation_id="listLogKeys")
async def keys(reading: Reading) -> list[KeyView]:
    """The log's public keys; each after the first is named in a note that the one before it signed."""
    return await evidence.keys(reading)


@post("/ledger/cosignatures", opt={"permission": "log:cosign"}, operation_id="cosign", status_code=200)
async def cosign(request: AnyRequest, writing: Writing, now: Now, state: State) -> dict[str, int]:
    """A configured witness's cosignature of a checkpoint, as a signed note in text/plain: the signature is
    its proof of who it is.
    """
    try:
        given = (await request.body()).decode()
    except UnicodeDecodeError as error:
        raise Malformed([Fault("body", "is not text in UTF-8")]) from error
    return {"new": await evidence.cosign(writing, given, state.settings.witnesses, now)}


router = Router("/api/v1", route_handlers=[checkpoint, proof, keys, cosign], tags=["Ledger"])
