"""Mutants of the server: limits, bodies, proxies, cookies and other settings."""

from tests.mutants.mutant import mutants_of

MUTANTS = [
    *mutants_of(
        "provenance/services/site/addresses.py",
        "provenance/site/test_addresses",
        [
            (
                "proxy-the-first-hop",
                "seen[-1 - min(settings.CUSTOS_PROXIES, len(seen) - 1)]",
                "seen[0]",
            ),
            (
                "proxy-none-of-ours",
                "seen[-1 - min(settings.CUSTOS_PROXIES, len(seen) - 1)]",
                "seen[-1]",
            ),
            (
                "proxy-one-fewer",
                "min(settings.CUSTOS_PROXIES, len(seen) - 1)",
                "min(max(settings.CUSTOS_PROXIES - 1, 0), len(seen) - 1)",
            ),
            ("address-of-any-house", "_IPV6_SITE: Final = 64", "_IPV6_SITE: Final = 128"),
            (
                "address-in-two-spellings",
                "        return str(address.ipv4_mapped)\n",
                "        return str(address)\n",
            ),
        ],
    ),
    *mutants_of(
        "config/settings.py",
        "config/test_https",
        [
            (
                "cookie-of-the-session-in-clear",
                "SESSION_COOKIE_SECURE = HTTPS",
                "SESSION_COOKIE_SECURE = False",
            ),
            (
                "cookie-of-forms-in-clear",
                "CSRF_COOKIE_SECURE = HTTPS",
                "CSRF_COOKIE_SECURE = False",
            ),
            (
                "cookie-https-never",
                'HTTPS = CUSTOS_ORIGIN.startswith("https://") and not DEBUG',
                'HTTPS = CUSTOS_ORIGIN.startswith("https://") and DEBUG',
            ),
            (
                "https-not-asked-again",
                "SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0",
                "SECURE_HSTS_SECONDS = 0",
            ),
            (
                "https-not-for-what-is-below",
                "SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS",
                "SECURE_HSTS_INCLUDE_SUBDOMAINS = False",
            ),
            ("https-said-by-anybody", '"https") if CUSTOS_PROXIES else None', '"https")'),
        ],
    ),
    *mutants_of(
        "config/settings.py",
        "provenance/views/test_verify_page config/test_middleware provenance/views/test_limits api/test_schema",
        [
            ("framed-by-all", '        "frame-ancestors": [NONE],\n', ""),
            ("scripts-of-all", '"default-src": [NONE],', '"default-src": [SELF],'),
            (
                "locked-for-everybody",
                'AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]',
                'AXES_LOCKOUT_PARAMETERS = ["username"]',
            ),
            (
                "locked-by-a-forged-address",
                'AXES_CLIENT_IP_CALLABLE = "provenance.views.limits.address"\n',
                "",
            ),
            ("body-not-bounded", '    "provenance.views.bodies.BodyLimit",\n', ""),
            ("logins-not-bounded", '    "provenance.views.limits.LoginLimit",\n', ""),
        ],
    ),
    *mutants_of(
        "config/env.py",
        "config/test_env",
        [
            (
                "secret-for-two",
                "        if secrets[first] == secrets[second]:\n",
                "        if not secrets[first]:\n",
            ),
            (
                "secret-hardly-random",
                "if len(value) < LEAST_SECRET or len(set(value)) < LEAST_VARIETY:",
                "if len(value) < LEAST_SECRET:",
            ),
            (
                "secret-that-is-no-hex",
                'if name != "SECRET_KEY" and not re.fullmatch(r"[0-9a-f]{64}", value):',
                'if name != "SECRET_KEY" and not re.fullmatch(r"[0-9a-f]+", value):',
            ),
            (
                "secret-readable-by-all",
                "        draft.touch(mode=0o600)\n",
                "        draft.touch()\n",
            ),
            ("secret-made-everywhere", "    if not make:\n", "    if not name:\n"),
            (
                "host-without-port",
                'port = f":{parts.port}" if parts.port not in (None, own) else ""',
                'port = ""',
            ),
            (
                "database-url-with-password",
                'shown = url if parts.password is None else url.replace(parts.password, "***")',
                "shown = url",
            ),
        ],
    ),
    *mutants_of(
        "config/front.py",
        "config/test_front",
        [
            (
                "front-header-with-underscore",
                '        if "_" in name:  # it would',
                "        if not name:  # it would",
            ),
            ("front-reads-everything", "0 < int(length) <= self._bounds.most", "0 < int(length)"),
            (
                "front-holds-everything",
                "            if self._held > self._bounds.held:\n",
                "            if self._held < 0:\n",
            ),
            ("front-never-forgets", "            self._held -= len(body)\n", "            pass\n"),
            (
                "front-waits-for-ever",
                "until = began + self._bounds.seconds + len(body) / SLOWEST",
                "until = began + 3600 * self._bounds.seconds",
            ),
            ("front-reads-chunks", "return declared and not chunked and", "return declared and"),
        ],
    ),
    *mutants_of(
        "provenance/api/parsers.py",
        "api/test_parsers api/test_events",
        [
            ("body-one-byte-too-large", "int(text) > limit:", "int(text) > limit + 1:"),
            (
                "body-of-two-lengths",
                'if meta.get("HTTP_TRANSFER_ENCODING") or not text:',
                "if not text:",
            ),
            (
                "body-compressed",
                'if meta.get("HTTP_CONTENT_ENCODING", "identity").strip().lower() != "identity":',
                'if meta.get("HTTP_CONTENT_ENCODING") == "":',
            ),
            ("body-cut-short", "    if len(body) != length:\n", "    if len(body) > length:\n"),
            (
                "body-of-any-type",
                "    if not _JSON.fullmatch(content_type):\n",
                "    if not _JSON.match(content_type):\n",
            ),
            (
                "query-parameter-twice",
                "if name not in names or len(values) != 1:",
                "if name not in names:",
            ),
            ("query-with-nul", r'        if "\0" in values[0]:', "        if not values:"),
        ],
    ),
    *mutants_of(
        "provenance/views/bodies.py",
        "provenance/views/test_verify_typed",
        [
            (
                "form-one-byte-too-large",
                "or int(length) > MOST_BYTES else 200",
                "or int(length) > MOST_BYTES + 1 else 200",
            ),
            (
                "form-of-two-lengths",
                '    if request.META.get("HTTP_TRANSFER_ENCODING"):\n',
                '    if request.META.get("HTTP_TRANSFER_ENCODING") == "":\n',
            ),
            (
                "form-of-no-number",
                "    if not (length.isascii() and length.isdecimal()):\n        return 400\n",
                "",
            ),
        ],
    ),
    *mutants_of(
        "provenance/services/site/limits.py",
        "provenance/site/test_limits",
        [
            (
                "limit-one-name-for-all",
                "salted_hmac('custos limits', name, ",
                "salted_hmac('custos limits', kind, ",
            ),
            ("limit-check-counts", "redis.test(item, key)", "redis.hit(item, key)"),
            (
                "limit-none-without-redis",
                "        taken = kind not in GUESSING or _take_here(item, key)\n",
                "        taken = True\n",
            ),
            (
                "limit-unlocked-without-redis",
                """            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])\n""",
                "            pass\n",
            ),
            (
                "limit-one-more-without-redis",
                "if _taken_here(item, key) >= item.amount:",
                "if _taken_here(item, key) > item.amount:",
            ),
            ("limit-costs-one", "redis.hit(item, key, cost=cost)", "redis.hit(item, key)"),
        ],
    ),
    *mutants_of(
        "provenance/views/limits.py",
        "provenance/views/test_limits",
        [
            (
                "guesses-uncounted",
                "            if response.status_code == 404:\n",
                "            if response.status_code == 400:\n",
            ),
            ("guesses-unchecked", "            limits.check(Kind.GUESSES, client)\n", ""),
            (
                "photos-as-pages",
                'Kind.PHOTOS if request.method == "POST" else Kind.PAGES',
                "Kind.PAGES",
            ),
            (
                "logins-without-limit",
                "            limits.take(Kind.LOGINS, address(request))\n",
                "            pass\n",
            ),
        ],
    ),
    *mutants_of(
        "provenance/views/decorators.py",
        "provenance/views/test_verify_page provenance/views/test_verify_answers",
        [
            ("page-kept", "        patch_cache_control(response, no_store=True)\n", ""),
            (
                "page-passes-its-address-on",
                '        response.headers.setdefault("Referrer-Policy", "no-referrer")\n',
                "",
            ),
            ("page-indexed", '        response["X-Robots-Tag"] = "noindex, nofollow"\n', ""),
            (
                "page-counted-in-advance",
                'if any("prefetch" in purpose or "preview" in purpose for purpose in purposes):',
                "if not purposes:",
            ),
        ],
    ),
    *mutants_of(
        "provenance/services/check/scans.py",
        "provenance/views/test_verify_answers",
        [
            (
                "people-by-their-browser",
                "_hash(day.isoformat(), address.encode())",
                "_hash(day.isoformat(), b'')",
            ),
            ("people-of-all-days-joined", 'b"custos scan " + day.encode()', 'b"custos scan "'),
            (
                "people-and-robots",
                "return _BROWSER.search(agent) is not None and _ROBOT.search(agent) is None",
                "return _BROWSER.search(agent) is not None",
            ),
        ],
    ),
]
