"""The terms the model can define. Each answer is true of this mesh and stands on its own."""

from intents import Concept


def _concept(key: str, names: str, answer: str, aliases: str = "") -> Concept:
    return Concept(key, answer, tuple(names.split("|")), tuple(a for a in aliases.split("|") if a))


CONCEPTS: tuple[Concept, ...] = (
    # Tracing
    _concept(
        "span", "a span|span|spans",
        "A span is one timed step of a request, with a name, a start, an end and attributes.",
        "the span|a trace span",
    ),
    _concept(
        "trace", "a trace|trace|traces",
        "A trace is the tree of all spans that one request made, across every service.",
        "a distributed trace|the trace",
    ),
    _concept(
        "tracing", "tracing|distributed tracing",
        "Tracing records what one request did in each service, so that you can see where its time went.",
        "request tracing",
    ),
    _concept(
        "traceparent", "traceparent|the traceparent|the traceparent header",
        "The traceparent header carries the trace id, the span id and the flags from one service to the next.",
        "a traceparent",
    ),
    _concept(
        "tracestate", "tracestate|the tracestate|the tracestate header",
        "The tracestate header carries vendor data beside the traceparent, such as the sampling probability.",
        "a tracestate",
    ),
    _concept(
        "baggage", "baggage",
        "Baggage is a list of keys and values that travels with a request through all services.",
        "the baggage header",
    ),
    _concept(
        "trace-id", "a trace id|trace id|the trace id|trace ids",
        "A trace id is the 32 hex digits that all spans of one request share.",
        "traceid|a trace-id",
    ),
    _concept(
        "span-id", "a span id|span id|the span id|span ids",
        "A span id is the 16 hex digits that name one span of a trace.",
        "spanid|a span-id",
    ),
    _concept(
        "root-span", "a root span|root span|the root span",
        "The root span is the first span of a trace; it has no parent and covers the whole request.",
        "root spans",
    ),
    _concept(
        "span-link", "a span link|span link|span links",
        "A span link points from one span to a span of another trace, such as the request it waited for.",
        "the link of a span",
    ),
    _concept(
        "attribute", "an attribute|attribute|attributes|a span attribute",
        "An attribute is a key and a value on a span, such as the model or the number of tokens.",
        "span attributes",
    ),
    _concept(
        "context-propagation", "context propagation|trace propagation|propagation",
        "Context propagation passes the trace context on with every call, so that all spans join one trace.",
        "trace context propagation",
    ),
    _concept(
        "request-id", "x-request-id|the x-request-id|a request id|request id",
        "The x-request-id names one request in every log line and span, even when tracing is off.",
        "the request id|the x-request-id header|x request id",
    ),
    _concept(
        "sampling", "sampling|trace sampling",
        "Sampling decides which traces are kept, so that tracing stays cheap.",
        "the sampling|sampling rate|the sampling rate",
    ),
    _concept(
        "tail-sampling", "tail sampling|tail based sampling",
        "Tail sampling decides after a trace has ended, so that errors and slow requests are always kept.",
        "tail-sampling",
    ),
    _concept(
        "head-sampling", "head sampling|head based sampling",
        "Head sampling decides when a trace begins, which is cheap but can lose errors.",
        "head-sampling",
    ),
    _concept(
        "exemplar", "an exemplar|exemplar|exemplars",
        "An exemplar is a trace id on a metric, so that you can jump from a number to a trace.",
        "the exemplar",
    ),
    _concept(
        "metric", "a metric|metric|metrics",
        "A metric is a number measured over time, such as requests per second or queue depth.",
        "the metrics",
    ),
    _concept(
        "log", "a log|log|logs|a log line",
        "A log is a line of text about one event; here it carries the trace id and the request id.",
        "logging|log lines",
    ),
    # Backends
    _concept(
        "opentelemetry", "OpenTelemetry|Open Telemetry|otel",
        "OpenTelemetry is the open standard for traces, metrics and logs.",
        "the OpenTelemetry project",
    ),
    _concept(
        "otlp", "OTLP|the OTLP protocol",
        "OTLP is the protocol that carries spans, metrics and logs to the Collector, on port 4317 or 4318.",
        "the OpenTelemetry protocol",
    ),
    _concept(
        "collector", "the Collector|a Collector|Collector|the OpenTelemetry Collector",
        "The Collector receives spans, metrics and logs and sends them to Jaeger, Prometheus and Elasticsearch.",
        "the otel collector|otel collector|OpenTelemetry Collector|otel-collector",
    ),
    _concept(
        "jaeger", "Jaeger",
        "Jaeger stores traces and shows them in a browser, on port 16686.",
        "the Jaeger UI|Jaeger UI",
    ),
    _concept(
        "prometheus", "Prometheus",
        "Prometheus stores metrics and answers queries about them, on port 9090.",
        "the Prometheus server",
    ),
    _concept(
        "elasticsearch", "Elasticsearch|elastic search",
        "Elasticsearch stores logs and traces and makes them searchable.",
        "elastic",
    ),
    _concept(
        "grafana", "Grafana",
        "Grafana draws dashboards from metrics and traces, on port 3000.",
        "Grafana dashboards|a Grafana dashboard",
    ),
    _concept(
        "kibana", "Kibana",
        "Kibana searches and shows the logs that Elasticsearch keeps, on port 5601.",
        "the Kibana UI",
    ),
    # Inference
    _concept(
        "token", "a token|token|tokens",
        "A token is a short piece of text, often part of a word; models read and write tokens.",
        "the token",
    ),
    _concept(
        "prefill", "prefill|the prefill|prefill phase|the prefill phase",
        "Prefill is the phase in which the model reads the whole prompt, before the first token.",
        "prefilling",
    ),
    _concept(
        "decode", "decode|decoding|the decode phase|decode phase",
        "Decode is the phase in which the model writes its answer, one token at a time.",
        "the decode",
    ),
    _concept(
        "queue", "the queue|a queue|queue|queueing",
        "The queue is where a request waits until the engine has a free slot for it.",
        "queuing|queues|the request queue",
    ),
    _concept(
        "batching", "batching|continuous batching|batch",
        "Batching runs several requests in one step of the model, so that more tokens come out per second.",
        "a batch|batches",
    ),
    _concept(
        "kv-cache", "the KV cache|a KV cache|KV cache|kv-cache",
        "The KV cache keeps what the model computed for earlier tokens, so that each new token is cheap.",
        "KV caching|key value cache|the key value cache",
    ),
    _concept(
        "first-token", "the first token|first token|time to first token|TTFT",
        "The time to first token is how long you wait for the first piece of an answer: queue plus prefill.",
        "the time to first token|the ttft",
    ),
    _concept(
        "slot", "a slot|slot|slots",
        "A slot is one place in the engine where a request can run; when all are taken, others wait.",
        "an engine slot",
    ),
    _concept(
        "context-window", "the context window|a context window|context window|context length",
        "The context window is how many tokens the prompt and the answer may have together.",
        "the context length|context size",
    ),
    _concept(
        "prompt", "a prompt|prompt|prompts|the prompt",
        "A prompt is the text that a model is given and that it answers.",
        "prompting",
    ),
    _concept(
        "temperature", "temperature|the temperature setting|sampling temperature|temperature 0",
        "The temperature says how freely the model picks its next token; at 0 it always picks the likeliest.",
        "the temperature parameter",
    ),
    _concept(
        "seed", "a seed|seed|the seed",
        "A seed fixes the random choices, so that the same request gives the same text again.",
        "the seed parameter|random seed",
    ),
    _concept(
        "latency", "latency|the latency",
        "Latency is the time from a request to its answer.",
        "high latency|request latency",
    ),
    _concept(
        "throughput", "throughput|the throughput",
        "Throughput is how many tokens or requests a system handles per second.",
        "token throughput",
    ),
    _concept(
        "llm", "an LLM|LLM|LLMs|a large language model|a language model",
        "An LLM is a large language model: a program that continues text, one token at a time.",
        "large language models|language models",
    ),
    _concept(
        "inference", "inference|LLM inference",
        "Inference is running a trained model to get an answer from it.",
        "model inference",
    ),
    _concept(
        "gguf", "GGUF|a GGUF file|the GGUF format",
        "GGUF is the file format in which llama.cpp keeps a model and its tokenizer.",
        "gguf files|a gguf|the gguf|gguf file|a GGUF model",
    ),
    _concept(
        "ternary", "a ternary model|ternary weights|BitNet|bitnet",
        "A ternary model has weights of only -1, 0 and 1, which makes it small and fast.",
        "ternary models|ternary",
    ),
    _concept(
        "llama-cpp", "llama.cpp|llama cpp|node-llama-cpp",
        "llama.cpp is the library that runs the model inside the inference engine.",
        "llamacpp",
    ),
    # The mesh
    _concept(
        "ryzanstein", "Ryzanstein|the Ryzanstein mesh|this mesh|the mesh|this project",
        "Ryzanstein is an LLM inference mesh whose every request can be followed end to end.",
        "this system|this product",
    ),
    _concept(
        "api-server", "the api-server|api-server|the api server|api server",
        "The api-server is the public edge: it takes requests, gets a lease and streams the answer back.",
        "ryzanstein-api|the API",
    ),
    _concept(
        "gpu-coordinator", "the gpu-coordinator|gpu-coordinator|the gpu coordinator|gpu coordinator",
        "The gpu-coordinator decides which request may use which device, and for how long.",
        "ryzanstein-gpu|the coordinator|coordinator",
    ),
    _concept(
        "inference-engine", "the inference-engine|inference-engine|the inference engine|inference engine",
        "The inference-engine runs the model: it queues requests, reads prompts and writes tokens.",
        "ryzanstein-inference|the engine|engine",
    ),
    _concept(
        "lease", "a lease|lease|leases|a GPU lease",
        "A lease is the permission to use a device for a short time; it ends if it is not renewed.",
        "the lease|device leases",
    ),
    _concept(
        "epoch", "an epoch|epoch|the epoch|a lease epoch",
        "The epoch is a number that grows with each lease, so that an old lease can be refused.",
        "fencing|epochs",
    ),
    _concept(
        "fair-queue", "the fair queue|fair queue|fair queueing",
        "The fair queue gives each client its turn, so that one busy client cannot starve the others.",
        "fair queuing|deficit round robin",
    ),
    _concept(
        "grpc", "gRPC|grpc",
        "gRPC is the protocol by which the services call each other, with typed messages and streams.",
        "the gRPC protocol|a gRPC call",
    ),
    _concept(
        "deadline", "a deadline|deadline|deadlines",
        "A deadline is the latest time for an answer; it is passed on to every service.",
        "the deadline|a timeout",
    ),
    _concept(
        "streaming", "streaming|a stream|streams",
        "Streaming sends each piece of the answer as soon as it is made.",
        "token streaming|stream",
    ),
    _concept(
        "tracebox", "tracebox|the tracebox",
        "tracebox is a small trace store and viewer for your laptop, so that no Docker is needed.",
        "trace box",
    ),
    _concept(
        "ryz", "ryz|the ryz tool|the ryz command|the ryz CLI",
        "ryz is the command line tool of this mesh: ryz chat, ryz trace, ryz doctor and ryz load.",
        "ryz cli",
    ),
    _concept(
        "ryz-doctor", "ryz doctor|the ryz doctor command",
        "ryz doctor sends one test request and names the first broken hop, with the fix.",
        "the doctor command",
    ),
    _concept(
        "ryz-load", "ryz load|the ryz load command",
        "ryz load sends many requests at once and shows how fast the mesh answers.",
        "the load command",
    ),
    _concept(
        "ryz-trace", "ryz trace|the ryz trace command",
        "ryz trace prints the waterfall of one request, given its trace id or request id.",
        "the trace command",
    ),
    _concept(
        "ryz-chat", "ryz chat|the ryz chat command",
        "ryz chat sends one message to the mesh and prints the answer and its trace id.",
        "the chat command",
    ),
    _concept(
        "waterfall", "a waterfall|the waterfall|waterfall|the waterfall view",
        "A waterfall shows the spans of a trace as bars over time, so that you see what took long.",
        "a waterfall chart",
    ),
)
