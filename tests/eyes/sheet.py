"""Contact sheets: many pictures on one, drawn by the browser itself."""

from base64 import b64encode
from collections.abc import Sequence
from html import escape
from pathlib import Path

from playwright.async_api import Browser

_STYLE = """body { margin: 12px; background: #999; font: 13px sans-serif; display: flex; flex-wrap: wrap; gap: 12px }
figure { margin: 0 } img { display: block; max-height: 1400px; object-fit: cover; object-position: top }"""


async def lay_out(browser: Browser, pictures: Sequence[Path], file: Path, *, each: int, across: int) -> None:
    """`each` picture so many pixels wide, so many side by side."""
    figures = [
        f"<figure><figcaption>{escape(picture.parent.name)} / {escape(picture.stem)}</figcaption>"
        f'<img width="{each}" src="data:image/png;base64,{b64encode(picture.read_bytes()).decode()}"></figure>'
        for picture in pictures
    ]
    page = await browser.new_page(viewport={"width": across * (each + 12) + 24, "height": 600})
    await page.set_content(f"<style>{_STYLE}</style>{''.join(figures)}")
    await page.screenshot(path=file, full_page=True)
    await page.close()
