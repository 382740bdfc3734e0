"""A Gemini client whose only change is its base URL. Needs: pip install google-genai"""

import os

from google import genai
from google.genai import types

gateway = os.environ.get("UNDERSTUDY_URL", "http://127.0.0.1:4141")
route = os.environ.get("UNDERSTUDY_ROUTE", "demo")
client = genai.Client(
    api_key=os.environ.get("UNDERSTUDY_KEY", "unused"), http_options=types.HttpOptions(base_url=gateway)
)

whole = client.models.generate_content(model=route, contents="What is an understudy?")
print(whole.text)

for chunk in client.models.generate_content_stream(model=route, contents="And what is a prompter?"):
    print(chunk.text or "", end="")
print()
