"""Pictures that contacts send: shown to a model that sees, and told to it afterwards."""

import base64

from services.agent.asking import ContactText, ModelRefused, ModelReply, ModelRequest
from services.agent.models.port import Models
from tests.support import school
from tests.support.agents import ScriptedModel, reply
from tests.support.listening import PNG, SEEING, World, answered, burst


async def test_a_picture_is_shown_in_its_turn_and_the_next_and_then_told(world: World) -> None:
    world.client(model=SEEING)
    sender, model = school.person(), ScriptedModel(lambda request: reply("La veo."))
    for said in (await world.sends("image", caption="mirá"), "¿y?", "¿sigue ahí?"):
        await world.desk(model).take((await world.bench.turn(said, sender=sender)).id)
    first = [next(item for item in request.items if isinstance(item, ContactText)) for request in model.asked]
    assert [len(item.pictures) for item in first] == [1, 1, 0]
    assert first[0].pictures[0].content == PNG
    assert first[0].text == "[Imagen, con el texto «mirá»; va adjunta]"
    assert first[2].text == "[Imagen, con el texto «mirá»; ya no se muestra]"


async def test_a_picture_goes_to_openai_inside_the_request(world: World) -> None:
    world.client(model=SEEING)
    turn = await world.bench.turn(await world.sends("image"), "¿qué es?")
    async with Models.connect(f"{world.url}/openai/v1", "a-key") as model:
        await world.desk(model).take(turn.id)
    (said,) = await world.bench.texts(turn)
    assert "Ya vi tu imagen" in said
    (asked,) = (await world.http.get("/control/openai/requests")).json()
    words, picture = asked["body"]["messages"][-1]["content"]
    assert words == {"type": "text", "text": "[Imagen; va adjunta]\n¿qué es?"}
    url = f"data:image/png;base64,{base64.b64encode(PNG).decode()}"
    assert picture == {"type": "image_url", "image_url": {"url": url, "detail": "auto"}}


async def test_a_picture_that_the_model_refuses_costs_no_turn(world: World) -> None:
    world.client(model=SEEING)

    def refuse_pictures(request: ModelRequest) -> ModelReply:
        if burst(request).pictures:
            raise ModelRefused("image_parse_error")
        return reply("Sin la imagen.")

    turn = await world.bench.turn(await world.sends("image"), "¿qué es?")
    await world.desk(ScriptedModel(refuse_pictures)).take(turn.id)
    assert await world.bench.texts(turn) == ["Sin la imagen."]


async def test_what_only_claims_to_be_a_picture_never_reaches_the_model(world: World) -> None:
    world.client(model=SEEING)
    page = base64.b64encode(b"<html>").decode()
    _, model = await answered(world, await world.sends("image", data=page, mime_type="image/png"))
    assert burst(model.asked[0]) == ContactText("[Imagen que no se pudo ver; su formato no se reconoce]")
