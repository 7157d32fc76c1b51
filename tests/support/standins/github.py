"""GitHub: the REST calls a client's repository needs, answered from state, and git itself over smart HTTP.

Requests and answers are held against GitHub's OpenAPI description; unknown keys are refused, or typos would go unseen.
"""

import asyncio
import base64
import os
import shutil
import subprocess
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, SealedBox
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.support.standins.published import Published

OWNER = "acme"


@dataclass
class Repo:
    body: dict[str, Any]
    secrets: dict[str, str] = field(default_factory=dict)
    """Opened: only GitHub can."""
    protection: dict[str, Any] | None = None
    pulls: list[dict[str, Any]] = field(default_factory=list)
    key: PrivateKey = field(default_factory=PrivateKey.generate)


class GitHub:
    def __init__(self, folder: Path) -> None:
        self.folder, self.token = folder, "ghp_github-token-0001"
        self.published = Published("github")
        self.repositories: dict[str, Repo] = {}
        self.paid_plan = True
        self.refuse_next = 0
        """How many of the next requests get the secondary rate limit."""
        folder.mkdir(parents=True)

    def reset(self) -> None:
        self.repositories.clear()
        shutil.rmtree(self.folder)
        self.folder.mkdir()

    def api(self) -> Starlette:
        repo = "/repos/{owner}/{name}"
        return Starlette(
            routes=[
                self._route("/orgs/{owner}/repos", self._create, "POST"),
                self._route(repo, self._read, "GET"),
                self._route(repo, self._change, "PATCH"),
                self._route(f"{repo}/git/ref/heads/{{branch}}", self._ref, "GET"),
                self._route(f"{repo}/actions/secrets", self._secrets, "GET"),
                self._route(f"{repo}/actions/secrets/public-key", self._public_key, "GET"),
                self._route(f"{repo}/actions/secrets/{{secret}}", self._put_secret, "PUT"),
                self._route(f"{repo}/actions/secrets/{{secret}}", self._delete_secret, "DELETE"),
                self._route(f"{repo}/branches/{{branch}}/protection", self._protection, "GET", "PUT", "DELETE"),
                self._route(f"{repo}/pulls", self._pulls, "GET", "POST"),
                self._route(f"{repo}/pulls/{{number:int}}", self._change_pull, "PATCH"),
            ]
        )

    def _route(self, path: str, endpoint: Callable[[Request], Awaitable[Response]], *methods: str) -> Route:
        async def guarded(request: Request) -> Response:
            if request.headers.get("authorization") != f"Bearer {self.token}":
                return _refusal(401, "Bad credentials")
            if self.refuse_next:
                self.refuse_next -= 1
                limited = _refusal(403, "You have exceeded a secondary rate limit.")
                limited.headers["retry-after"] = "0"
                return limited
            try:
                if self._is_read_only(request):
                    return _refusal(403, "Repository was archived so is read-only.")
                if wrong := self.published.refuses(request.method, path, await request.body()):
                    fields = [{"message": each, "code": "invalid"} for each in wrong]
                    return _refusal(422, "Validation Failed", fields)
                answer = await endpoint(request)
            except KeyError:
                return _refusal(404, "Not Found")
            if answer.status_code < 400:
                self.published.look_at(request.method, path, bytes(answer.body))
            return answer

        return Route(path, guarded, methods=list(methods))

    def _is_read_only(self, request: Request) -> bool:
        """What is archived can only be taken out of the archive."""
        inside = request.method != "GET" and "name" in request.path_params
        unarchives = request.method == "PATCH" and request.url.path.count("/") == 4
        return inside and not unarchives and bool(self._repo(request).body["archived"])

    def _repo(self, request: Request) -> Repo:
        return self.repositories[f"{request.path_params['owner']}/{request.path_params['name']}"]

    async def _create(self, request: Request) -> Response:
        asked = await request.json()
        full = f"{request.path_params['owner']}/{asked['name']}"
        if full in self.repositories:
            taken = {"resource": "Repository", "code": "custom", "field": "name"}
            return _refusal(
                422, "Repository creation failed.", [{**taken, "message": "name already exists on this account"}]
            )
        self.add(full, {key: value for key, value in asked.items() if key != "auto_init"})
        return JSONResponse(self.repositories[full].body, 201)

    def add(self, full: str, body: dict[str, Any]) -> None:
        """A repository, with a bare git repository behind it."""
        (self.folder / full).parent.mkdir(parents=True, exist_ok=True)
        bare = self.folder / f"{full}.git"
        subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", str(bare)], check=True)
        subprocess.run(["git", "-C", str(bare), "config", "http.receivepack", "true"], check=True)
        plain = {"name": full.partition("/")[2], "description": None, "private": False, "archived": False}
        self.repositories[full] = Repo({"id": len(self.repositories) + 1, "full_name": full, **plain, **body})

    async def _read(self, request: Request) -> Response:
        return JSONResponse(self._repo(request).body)

    async def _change(self, request: Request) -> Response:
        repo = self._repo(request)
        repo.body |= await request.json()
        return JSONResponse(repo.body)

    async def _ref(self, request: Request) -> Response:
        repo, branch = self._repo(request), request.path_params["branch"]
        head = self.head(repo.body["full_name"])
        if head is None:
            return _refusal(409, "Git Repository is empty.")
        if branch != "main":
            return _refusal(404, "Not Found")
        found = {"sha": head, "type": "commit", "url": f"https://github.example/commit/{head}"}
        return JSONResponse({"ref": f"refs/heads/{branch}", "object": found})

    async def _secrets(self, request: Request) -> Response:
        names = [{"name": name, "created_at": "", "updated_at": ""} for name in self._repo(request).secrets]
        return JSONResponse({"total_count": len(names), "secrets": names})

    async def _public_key(self, request: Request) -> Response:
        key = base64.b64encode(bytes(self._repo(request).key.public_key)).decode()
        return JSONResponse({"key_id": f"key-{self._repo(request).body['id']}", "key": key})

    async def _put_secret(self, request: Request) -> Response:
        repo, asked = self._repo(request), await request.json()
        name = request.path_params["secret"]
        if asked["key_id"] != f"key-{repo.body['id']}":
            return _refusal(422, "Wrong key_id")
        try:
            opened = SealedBox(repo.key).decrypt(base64.b64decode(asked["encrypted_value"]))
        except CryptoError:
            return _refusal(422, "Improperly encrypted secret")
        new = name not in repo.secrets
        repo.secrets[name] = opened.decode()
        return Response(status_code=201 if new else 204)

    async def _delete_secret(self, request: Request) -> Response:
        del self._repo(request).secrets[request.path_params["secret"]]
        return Response(status_code=204)

    async def _protection(self, request: Request) -> Response:
        repo = self._repo(request)
        if not self.paid_plan:
            return _refusal(403, "Upgrade to GitHub Pro or make this repository public to enable this feature.")
        if self.head(repo.body["full_name"]) is None:
            return _refusal(404, "Branch not found")
        if request.method == "PUT":
            repo.protection = _protected(await request.json())
        if repo.protection is None:
            return _refusal(404, "Branch not protected")
        if request.method == "DELETE":
            repo.protection = None
            return Response(status_code=204)
        return JSONResponse(repo.protection)

    async def _pulls(self, request: Request) -> Response:
        repo, owner = self._repo(request), request.path_params["owner"]
        if request.method == "GET":
            asked = request.query_params
            state, base = asked.get("state", "open"), asked.get("base", "main")
            head = asked.get("head", "").removeprefix(f"{owner}:")
            found = [pull for pull in repo.pulls if not head or pull["head"]["ref"] == head]
            return JSONResponse([pull for pull in found if (pull["state"], pull["base"]["ref"]) == (state, base)])
        new = await request.json()
        full = repo.body["full_name"]
        if None in (self.head(full, new["head"]), self.head(full, new["base"])):
            return _refusal(422, "Validation Failed", [{"resource": "PullRequest", "field": "head", "code": "invalid"}])
        if any(pull["head"]["ref"] == new["head"] and pull["state"] == "open" for pull in repo.pulls):
            there = f"A pull request already exists for {owner}:{new['head']}."
            return _refusal(422, "Validation Failed", [{"resource": "PullRequest", "code": "custom", "message": there}])
        repo.pulls.append(self._pull(full, len(repo.pulls) + 1, new))
        return JSONResponse(repo.pulls[-1], 201)

    def _pull(self, full: str, number: int, new: dict[str, Any]) -> dict[str, Any]:
        return {
            "number": number,
            "html_url": f"https://github.example/{full}/pull/{number}",
            "state": "open",
            "title": new["title"],
            "body": new.get("body"),
            "head": self._side(full, new["head"]),
            "base": self._side(full, new["base"]),
        }

    def _side(self, full: str, branch: str) -> dict[str, Any]:
        owner = {"login": full.partition("/")[0]}
        repo = self.repositories[full].body
        label = f"{owner['login']}:{branch}"
        return {"label": label, "ref": branch, "sha": self.head(full, branch), "repo": repo, "user": owner}

    async def _change_pull(self, request: Request) -> Response:
        pulls = self._repo(request).pulls
        pull = {each["number"]: each for each in pulls}[request.path_params["number"]]
        pull |= await request.json()
        return JSONResponse(pull)

    def head(self, full: str, branch: str = "main") -> str | None:
        """The commit at a branch."""
        ended = subprocess.run(
            ["git", "-C", str(self.folder / f"{full}.git"), "rev-parse", "--verify", "--quiet", f"refs/heads/{branch}"],
            capture_output=True,
            text=True,
            check=False,
        )
        return ended.stdout.strip() or None

    async def smart_http(self, scope: Any, receive: Any, send: Any) -> None:
        """`git http-backend` behind a small bridge from ASGI to CGI; only with the token, as `x-access-token`."""
        request = Request(scope, receive)
        wanted = base64.b64encode(f"x-access-token:{self.token}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {wanted}":
            refused = Response(status_code=401, headers={"WWW-Authenticate": 'Basic realm="GitHub"'})
            await refused(scope, receive, send)
            return
        answer = await self._backend(request, scope["path"].removeprefix(scope.get("root_path", "")))
        await answer(scope, receive, send)

    async def _backend(self, request: Request, path: str) -> Response:
        environment = {
            "PATH": os.environ["PATH"],
            "GIT_PROJECT_ROOT": str(self.folder),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": path,
            "QUERY_STRING": request.url.query,
            "REQUEST_METHOD": request.method,
            "CONTENT_TYPE": request.headers.get("content-type", ""),
            "HTTP_CONTENT_ENCODING": request.headers.get("content-encoding", ""),
            "GIT_PROTOCOL": request.headers.get("git-protocol", ""),
            "REMOTE_USER": "x-access-token",
        }
        body = await request.body()
        source = subprocess.PIPE if body else subprocess.DEVNULL  # it may end before it would read nothing
        process = await asyncio.create_subprocess_exec(
            "git", "http-backend", env=environment, stdin=source, stdout=subprocess.PIPE
        )
        said, _ = await process.communicate(body or None)
        head, _, content = said.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        return Response(content, int(headers.pop("Status", "200").split()[0]), headers)


def _protected(asked: dict[str, Any]) -> dict[str, Any]:
    """As GitHub shows it: what is null is left out."""
    url = "https://github.example/protection"
    checks = asked["required_status_checks"]
    found: dict[str, Any] = {"enforce_admins": {"url": url, "enabled": bool(asked["enforce_admins"])}}
    if checks:
        found["required_status_checks"] = {"url": url, "contexts_url": url, "checks": [], **checks}
    return found


def _refusal(status: int, message: str, errors: list[dict[str, str]] | None = None) -> JSONResponse:
    body: dict[str, Any] = {
        "message": message,
        "documentation_url": "https://docs.github.com/rest",
        "status": str(status),
    }
    return JSONResponse(body | ({"errors": errors} if errors else {}), status)
