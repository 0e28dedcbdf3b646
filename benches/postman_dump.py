"""Writes a Postman dump of about so many megabytes to standard output: `python3 benches/postman_dump.py 85 > dump.json`.

`bearcat import dump.json --out DIR` has to take it in less than 5 seconds and 1 GB of memory (`/usr/bin/time -v`).
"""

import json
import sys

MEGABYTES = float(sys.argv[1]) if len(sys.argv) > 1 else 85


def request(number):
    row = {"id": number, "name": f"Item {number}", "tags": ["a", "b \"quoted\"", "c"], "price": number / 7}
    body = json.dumps({"items": [row] * 6}, indent=4)
    script = ["pm.test('ok', function () {", "    pm.response.to.have.status(200);", "});",
              "const data = pm.response.json();", "pm.environment.set('last', data.items[0].id);"]
    return {
        "name": f"Request {number}",
        "event": [{"listen": "test", "script": {"type": "text/javascript", "exec": script}}],
        "request": {
            "method": ["GET", "POST", "PUT", "DELETE"][number % 4],
            "header": [{"key": "Accept", "value": "application/json"}, {"key": "X-Number", "value": str(number)},
                       {"key": "X-Off", "value": "1", "disabled": True}],
            "auth": {"type": "bearer", "bearer": [{"key": "token", "value": f"secret-token-{number % 50}"}]},
            "url": {"raw": f"{{{{baseUrl}}}}/things/:id/parts?page={number}&size=20", "host": ["{{baseUrl}}"],
                    "path": ["things", ":id", "parts"],
                    "query": [{"key": "page", "value": str(number)}, {"key": "size", "value": "20"}],
                    "variable": [{"key": "id", "value": "1", "description": "The thing"}]},
            "body": {"mode": "raw", "raw": body, "options": {"raw": {"language": "json"}}},
            "description": "What this request does.\n\nIt has **two** paragraphs.",
        },
        "response": [{"name": "fine", "status": "OK", "code": 200, "header": [], "body": body},
                     {"name": "refused", "status": "Forbidden", "code": 403, "header": [], "body": "{\"error\": \"no\"}"}],
    }


def main():
    out = sys.stdout
    one = len(json.dumps(request(1), indent=1))
    requests = int(MEGABYTES * 1e6 / one)
    per_folder, per_collection = 40, 2000
    out.write('{"version": 1, "collections": [')
    number = 0
    collection = 0
    while number < requests:
        folders = []
        last = min(requests, number + per_collection)
        while number < last:
            count = min(per_folder, last - number)
            items = [request(number + at) for at in range(count)]
            folders.append({"name": f"Folder {len(folders)}", "item": items})
            number += count
        value = {"info": {"name": f"Collection {collection}",
                          "schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"},
                 "item": folders, "variable": [{"key": "baseUrl", "value": "https://api.example.com"}]}
        out.write(("," if collection else "") + json.dumps(value, indent=1))
        collection += 1
    environments = [{"name": f"Environment {at}", "values": [
        {"key": f"key{row}", "value": f"value {row}", "enabled": row % 5 > 0} for row in range(40)]} for at in range(100)]
    out.write('], "environments": ' + json.dumps(environments) + ', "headerPresets": [], "globals": []}\n')


main()
