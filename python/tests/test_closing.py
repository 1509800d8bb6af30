"""What is closed says so; closing a client made by with_options() ends that client alone."""

from __future__ import annotations

import asyncio

import pytest

import cupel
from here import ROOT
from service import PROMPT, Service

MANIFEST = ROOT / "tests/vectors/sgx/refused--manifest_misc_select/manifest.toml"


def ask(client: cupel.Client) -> str:
    return client.completions.create(model="m", prompt=PROMPT).choices[0].text


def refused(error: cupel.CupelError) -> None:
    assert (error.code, error.where) == ("invalid_argument", "client")
    assert "the client is closed" in str(error)


def test_closing_what_was_derived_leaves_the_parent_open(service: Service) -> None:
    with service.client() as client:
        with client.with_options(timeout=5.0) as other:
            assert ask(other) == "A small cup."
        assert ask(client) == "A small cup."
        with pytest.raises(cupel.CupelError) as raised:
            ask(other)
        refused(raised.value)
    assert service.api.handshakes == service.attestations == 1


def test_closing_the_parent_ends_what_was_derived(service: Service) -> None:
    client = service.client()
    other = client.with_options(timeout=5.0).with_options(max_retries=0)
    assert ask(other) == "A small cup."
    client.close()
    client.close()
    for ended in (client, other):
        for call in (ended.attest, ended.with_options, lambda ended=ended: ask(ended)):
            with pytest.raises(cupel.CupelError) as raised:
                call()
            refused(raised.value)
    assert len(service.api.requests) == 1


def test_stream_goes_on_when_a_derived_client_is_closed(service: Service) -> None:
    with service.client() as client:
        other = client.with_options()
        messages = [{"role": "user", "content": PROMPT}]
        stream = other.chat.completions.create(model="m", messages=messages, stream=True)
        other.close()
        with stream:
            assert list(stream)


def test_async_clients_do_the_same(service: Service) -> None:
    async def run() -> None:
        async with service.async_client() as client:
            async with client.with_options(timeout=5.0) as other:
                await other.completions.create(model="m", prompt=PROMPT)
            await client.completions.create(model="m", prompt=PROMPT)
            with pytest.raises(cupel.CupelError) as raised:
                await other.completions.create(model="m", prompt=PROMPT)
            refused(raised.value)
        for call in (client.attest, other.attest):
            with pytest.raises(cupel.CupelError) as raised:
                await call()
            refused(raised.value)

    asyncio.run(run())
    assert service.api.handshakes == 1


def test_closed_blindai_client_says_so() -> None:
    client = cupel.blindai.connect("127.0.0.1", policy=MANIFEST)
    client.close()
    for call in (client.attest, client.models):
        with pytest.raises(cupel.CupelError) as raised:
            call()
        refused(raised.value)
