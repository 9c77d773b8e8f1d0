// Starts ReDoc on the page; search needs a worker made from a blob, which the page's policy allows.
Redoc.init("/openapi.json", { nativeScrollbars: true }, document.getElementById("docs"));
