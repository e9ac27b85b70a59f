/**
 * A vector daemon as amalfa 1.x ran: it ignores the model that is asked for and always answers with a vector of 384
 * dimensions. Prints its port; every request to `/embed` is a line on stdout.
 */
const server = Bun.serve({
  hostname: "127.0.0.1",
  port: 0,
  fetch: (request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/health") {
      return Response.json({
        status: "ok",
        model: "BAAI/bge-small-en-v1.5",
        ready: true,
        reranker_ready: false,
      });
    }
    if (pathname !== "/embed") return new Response("no", { status: 404 });
    process.stdout.write("embed\n");
    const vector = Array.from({ length: 384 }, (_, at) => (at === 0 ? 1 : 0));
    return Response.json({ vector, vectors: [vector], dimensions: 384 });
  },
});
process.stdout.write(`${server.port}\n`);
