"""What an action in a dialog answers: to the script the dialog as it is now, to a browser without one the page."""

from uuid import UUID

from fastapi import Request
from fastapi.responses import Response

from services.console.console import console_of
from services.console.dialog.scene import dialog_of
from services.console.inbox.listing import Listing
from services.console.people.viewer import Viewer
from services.console.redirects import by_script, see


async def dialog_again(
    request: Request, viewer: Viewer, conversation_id: UUID, listing: Listing, status: int = 200, problem: str = ""
) -> Response:
    if not by_script(request) and status < 400:
        return see(f"/conversations/{conversation_id}{listing.query()}")
    console = console_of(request)
    async with console.store.transaction() as tx:
        dialog = await dialog_of(console, tx, viewer, conversation_id)
    return console.pages.page(
        request, "dialog/dialog.html", viewer, status=status, listing=listing, problem=problem, **vars(dialog)
    )
