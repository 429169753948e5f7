"""The picture of a verify page in README: a sold item of the demo, on a phone.

python -m tests.picture    serve the demo in a folder of its own, and write docs/page.png
"""

import io
import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
FILE = ROOT / "docs" / "page.png"
CHROMIUM = Path(os.environ.get("CUSTOS_CHROMIUM", "/usr/bin/chromium"))
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu"]
WIDTH, HEIGHT, MARGIN, SCALE = 400, 720, 12, 1.5
COLOURS = 64


def screenshot(address: str) -> bytes:
    """The upper part of the page at `address`, below its bar of languages, as PNG."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        size = {"width": WIDTH, "height": HEIGHT}
        page = browser.new_page(
            viewport=size,  # type: ignore[arg-type]
            device_scale_factor=SCALE,
            color_scheme="light",
            locale="en",
        )
        page.goto(address)
        main = page.locator("main").bounding_box()
        assert main is not None
        area = {"x": 0, "y": main["y"] - MARGIN, "width": WIDTH, "height": HEIGHT}
        picture = page.screenshot(clip=area, full_page=True)  # type: ignore[arg-type]
        browser.close()
    return picture


def reduced(picture: bytes) -> Image.Image:
    """The picture with few colours, which a page of text hardly has more of."""
    return Image.open(io.BytesIO(picture)).convert("RGB").quantize(COLOURS)


def main() -> None:
    """Write the picture."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    with tempfile.TemporaryDirectory(prefix="custos-picture-") as folder:
        Path(folder).chmod(0o755)  # the embedded PostgreSQL runs as another user than root
        env = {**os.environ, "CUSTOS_VAR": folder, "PORT": port}
        command = [sys.executable, "manage.py", "serve"]
        with subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE) as server:
            assert server.stdout is not None
            lines = (line.decode().split() for line in server.stdout)
            address = next(words[1] for words in lines if words[0] == "verify")
            try:
                picture = screenshot(address)
            finally:
                server.terminate()
    reduced(picture).save(FILE, optimize=True)


if __name__ == "__main__":
    main()
