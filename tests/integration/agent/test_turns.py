"""What becomes of one turn when everything goes well: texts, tools, order, rows."""

from dataclasses import replace

from remanso.model.content import Location
from remanso.model.turn import TurnState
from services.agent.asking import BotText, ContactText, ModelReply, ModelRequest
from tests.support import school
from tests.support.agents import Bench, ScriptedModel, made_up_client, reply, results_in


async def test_an_answer_is_said_stored_and_queued_and_ends_the_turn(bench: Bench) -> None:
    turn = await bench.turn("hola", "qué cursos hay?")
    model = ScriptedModel(lambda request: reply("Hay varios."))
    await bench.desk(model).take(turn.id)
    assert (await bench.now(turn)).state == TurnState.ANSWERED
    assert await bench.texts(turn) == ["Hay varios."]
    assert await bench.log(turn) == [("contact", "hola"), ("contact", "qué cursos hay?"), ("bot", "Hay varios.")]
    (asked,) = model.asked
    assert [item.text for item in asked.items if isinstance(item, ContactText)] == ["hola\nqué cursos hay?"]


async def test_text_beside_two_calls_is_sent_and_both_results_reach_the_model(bench: Bench) -> None:
    def reply_to(request: ModelRequest) -> ModelReply:
        if results_in(request):
            return reply("Encontré las dos cosas.")
        return reply("Ya busco.", ("look", '{"query":"a"}'), ("look", '{"query":"b"}'))

    model = ScriptedModel(reply_to)
    turn = await bench.turn("a y b?")
    await bench.desk(model).take(turn.id)
    assert await bench.texts(turn) == ["Ya busco.", "Encontré las dos cosas."]
    assert results_in(model.asked[1]) == ['{"ok":true,"found":"a"}', '{"ok":true,"found":"b"}']
    spoken = [item for item in model.asked[1].items if isinstance(item, BotText)]
    assert [(item.text, len(item.calls)) for item in spoken] == [("Ya busco.", 2)]
    assert [call.state for call in await bench.calls(turn)] == ["done", "done"]


async def test_the_next_turn_sees_the_last_one_with_its_calls(bench: Bench) -> None:
    def reply_to(request: ModelRequest) -> ModelReply:
        return reply("Listo.") if results_in(request) else reply("", ("look", '{"query":"a"}'))

    sender, model = school.person(), ScriptedModel(reply_to)
    for words in ("uno", "dos"):
        await bench.desk(model).take((await bench.turn(words, sender=sender)).id)
    kinds = [type(item).__name__ for item in model.asked[-1].items]
    turn = ["ContactText", "BotText", "CallResult"]
    assert kinds == ["Instruction", *turn, "BotText", "Instruction", *turn]


async def test_a_verbatim_text_goes_out_between_announcement_and_answer(bench: Bench) -> None:
    def reply_to(request: ModelRequest) -> ModelReply:
        return reply("¿Te sirve?") if results_in(request) else reply("Te cuento.", ("describe", "{}"))

    model = ScriptedModel(reply_to)
    turn = await bench.turn("contame")
    await bench.desk(model).take(turn.id)
    assert await bench.texts(turn) == ["Te cuento.", "Ocho semanas, en vivo.", "¿Te sirve?"]
    assert results_in(model.asked[1]) == ["the description was sent"]


async def test_a_long_verbatim_text_goes_out_whole_in_parts(bench: Bench) -> None:
    turn = await bench.turn("recitá")
    model = ScriptedModel(lambda request: reply("Fin.") if results_in(request) else reply("", ("recite", "{}")))
    await bench.desk(model).take(turn.id)
    *recited, end = await bench.texts(turn)
    assert " ".join(recited).split() == ["Verso."] * 1_000
    assert (len(recited), end) == (2, "Fin.")


async def test_what_a_tool_learns_is_saved_and_known_at_once(bench: Bench) -> None:
    def reply_to(request: ModelRequest) -> ModelReply:
        return reply("Hola, Bea.") if results_in(request) else reply("", ("note", '{"name":"Bea"}'))

    model = ScriptedModel(reply_to)
    turn = await bench.turn("soy Bea")
    await bench.desk(model).take(turn.id)
    notes = [item.text for item in model.asked[1].items if not isinstance(item, (BotText, ContactText))]
    assert '"name": "Bea"' in "\n".join(notes)
    assert '"seen": true' in "\n".join(notes)


async def test_a_handoff_takes_effect_with_the_answer(bench: Bench) -> None:
    def reply_to(request: ModelRequest) -> ModelReply:
        return reply("Ya viene alguien.") if results_in(request) else reply("", ("ask_person", '{"reason":"reclamo"}'))

    turn = await bench.turn("quiero quejarme")
    await bench.desk(ScriptedModel(reply_to)).take(turn.id)
    async with bench.store.transaction() as tx:
        conversation = await tx.conversations.get(turn.conversation_id)
    assert conversation is not None
    assert (conversation.mode, conversation.handoff_reason) == ("human", "reclamo")
    (delivery,) = await bench.sent(turn)
    assert delivery.epoch == conversation.epoch, "the last words are still delivered"


async def test_a_long_answer_becomes_several_messages_in_order(bench: Bench) -> None:
    words = "\n\n".join(f"Párrafo {number}. " + "palabra " * 200 for number in range(6))
    turn = await bench.turn("contame todo")
    await bench.desk(ScriptedModel(lambda request: reply(words))).take(turn.id)
    parts = await bench.texts(turn)
    assert len(parts) > 1
    assert all(len(part) <= 4096 for part in parts)
    assert " ".join(" ".join(parts).split()) == " ".join(words.split())


async def test_feedback_is_asked_for_later_when_the_client_wants_it(bench: Bench) -> None:
    bench = replace(bench, client=made_up_client(bench.runs, feedback={"after_minutes": 5}))
    turn = await bench.turn("gracias")
    await bench.desk(ScriptedModel(lambda request: reply("De nada."))).take(turn.id)
    await bench.execute("UPDATE conversations SET feedback_due_at = now() WHERE feedback_due_at > now()")
    async with bench.store.transaction() as tx:
        assert [found.id for found in await tx.conversations.claim_feedback([bench.client.name], 10)] == [
            turn.conversation_id
        ]


async def test_other_kinds_read_as_sensible_text(bench: Bench) -> None:
    model = ScriptedModel(lambda request: reply("Anotado."))
    turn = await bench.turn(Location(latitude=-34.6, longitude=-58.38, name="Obelisco"), "estoy acá")
    await bench.desk(model).take(turn.id)
    (burst,) = [item.text for item in model.asked[0].items if isinstance(item, ContactText)]
    assert burst == "[Ubicación: Obelisco (-34.600000, -58.380000)]\nestoy acá"


async def test_repeated_call_ids_are_told_apart(bench: Bench) -> None:
    def reply_to(request: ModelRequest) -> ModelReply:
        done = len(results_in(request))
        if done == 3:
            return reply("Listo.")
        asked = ("look", f'{{"query":"{done}"}}', "call_same")
        return reply("", asked, ("look", '{"query":"z"}', "call_same")) if done == 0 else reply("", asked)

    turn = await bench.turn("tres cosas")
    model = ScriptedModel(reply_to)
    await bench.desk(model).take(turn.id)
    assert [call.call_id for call in await bench.calls(turn)] == ["call_same", "call_same_2", "call_same_3"]
    assert await bench.texts(turn) == ["Listo."]
