"""Every phrasing that training never sees, chosen before this training; the passes before it have not met them, either.

What the answers are about (terms, numbers, names, subjects of stories) does occur in training, in other
phrasings; only what stands under "things never seen" at the end does not.
"""

DEFINITION: tuple[str, ...] = (
    "I keep hearing about {t}. What is it?", "Can you tell me what {t} is about?", "Would you tell me about {t}?",
    "What should I know about {t}?", "What is the definition of {t}?", "I'd like to understand {t}.",
    "Give me an explanation of {t}.", "sorry, what was {t} again?", "I have no idea what {t} is.", "Mind telling me what {t} is?",
    "Could you help me understand {t}?", "tell me more about {t}",
)

MESH: dict[str, tuple[str, ...]] = {
    "see-trace": (
        "How do I see my trace?", "Where exactly do I find the trace of my request?", "I'd love to look at the trace.", "which tool shows me my trace",
        "Could you show me where my trace is?", "How would I open a trace?",
    ),
    "start": (
        "What do I have to do to start the mesh?", "Show me how to run Ryzanstein.", "how do I launch everything", "Could you tell me how to start this?",
        "I'd like to try the mesh, how do I run it?",
    ),
    "start-docker": (
        "How can I run everything in Docker?", "I'd like to start the mesh with Docker.", "does Ryzanstein run with docker compose", "What is the docker command?",
    ),
    "services": (
        "Which services does the mesh consist of?", "Can you name the services?", "Tell me, what services are there?", "What are the services called?",
    ),
    "services-do": (
        "What do these three services do?", "Can you explain what each of the services does?", "what is the job of each service", "Tell me what the services do.",
    ),
    "flow": (
        "How does the mesh handle a request?", "What happens to my message?", "Can you explain how a request is processed?",
        "Tell me what happens when I send a request.",
    ),
    "no-traces": (
        "Why can I not see my traces?", "I am not seeing any traces.", "my traces do not show up in Jaeger", "What can I do if my trace is missing?",
        "There are no traces, what now?",
    ),
    "slow": (
        "Why does my request take this long?", "How can I find out what made my request slow?", "My chat was really slow.", "why is the answer so slow",
        "Tell me why my request was slow.",
    ),
    "ports": ("Can you list the ports?", "which port do I need for jaeger"),
    "change-sampling": (
        "How could I change the sampling?", "Where is the sampling rate set?", "I'd like to adjust the sampling rate.", "Tell me how to change sampling.",
    ),
    "use-api": ("How do I call your API?", "Can I send requests over HTTP?", "How would I use the API from my program?", "Tell me where to send requests."),
    "own-model": ("How would I load another model?", "Can I run my own GGUF model?", "I'd like to use a different model.", "Tell me how to change the model."),
    "privacy": ("Do you save my messages?", "Are my prompts kept anywhere?", "Is my prompt stored in the trace?", "will you record what I write"),
}

SMALL_TALK: dict[str, tuple[str, ...]] = {
    "hello": ("Hello there, model!", "Good morning, bot!", "hey, hello there", "Hi, nice to meet you!"),
    "how-are-you": ("How are you doing today, bot?", "hi, how is it going?", "So how are you?"),
    "who-are-you": ("tell me what you are", "Which model are you exactly?"),
    "human": ("Are you a human being?", "Do you have real feelings?", "Is this a real person?", "can you feel anything"),
    "made-by": ("Who was your creator?", "how exactly were you trained", "Who made this model?"),
    "size": ("How many parameters have you got?", "Just how big are you?", "what size is this model", "Do you have many parameters?"),
    "help": ("Hello, what can you do?", "What are you able to help me with?", "Could you help me with something?", "tell me, what can you do", "What kinds of things can I ask you?"),
    "thanks": ("Thank you, that was a great help!", "thanks a bunch", "Okay, thank you so much!", "Thanks for all your help."),
    "bye": ("Goodbye for now!", "okay, I have to go now", "See you later, bot!", "Bye, and have a nice evening!"),
    "ping": ("are you still there?", "I am only testing.", "Can you hear me now?"),
    "praise": ("Wow, that is great!", "that was very helpful", "You are really clever.", "ok, I understand now"),
    "complaint": ("I think your answer is wrong.", "that answer was no help", "You are not very smart."),
    "joke": ("Tell me a really good joke.", "Can you make me laugh?", "hey, tell us a joke", "Would you tell me a joke, please?"),
}

ADD: tuple[str, ...] = (
    "Could you tell me how much {a} plus {b} is?", "{a}+{b} equals what?", "add up {a} and {b}",
    "Give me {a} + {b}.", "What is the result of {a} plus {b}?", "I want to add {a} and {b}.",
)
SUBTRACT: tuple[str, ...] = (
    "Could you tell me how much {a} minus {b} is?", "{a}-{b} equals what?",
    "Give me {a} - {b}.", "What is the result of {a} minus {b}?", "I want to subtract {b} from {a}.",
)
BEYOND: tuple[str, ...] = (
    "Could you multiply {a} by {b}?", "hi, what's {a} times {b}?", "Please divide {a} by {b}.", "Give me {a} * {b}.", "What is the result of {a} / {b}?",
    "Can you tell me the square root of {a}?", "Please calculate {a} + {b} + {c}.",
)

COUNT: tuple[str, ...] = (
    "Can you please count from {a} to {b}?", "I would like you to count from {a} to {b}.", "Give me all numbers from {a} to {b}.",
    "What are the numbers from {a} to {b}?",
)
COUNT_TO: tuple[str, ...] = ("Would you count to {b}?", "Can you count up to {b}?", "I would like to hear you count to {b}.")
COUNT_DOWN: tuple[str, ...] = ("Can you count backwards from {b}?", "Please do a countdown from {b}.")

STORY: tuple[str, ...] = (
    "Can you write me a story about {s}?", "Hi, tell me a story about {s}.", "I'd love to hear a story about {s}.", "Would you tell me a short story about {s}?",
    "Please make up a story about {s}.", "a little story about {s} please",
)
ANY_STORY: tuple[str, ...] = ("Would you tell me a story?", "please write a short story", "I'd like to hear a story.", "Can you write a story for me?")

USER: tuple[str, ...] = (
    "Please make JSON for a user named {n} aged {g}.", "Can you give me JSON for a user called {n}, age {g}?", "I'd like JSON for {n}, {g} years old.",
    "Write a JSON user with the name {n} and the age {g}.", "give me a json object for user {n}, age {g}",
)
USER_BY_NAME: tuple[str, ...] = ("Please give me JSON for a user named {n}.", "I'd like JSON for a user called {n}.", "Could you write JSON for a user with the name {n}?")
ORDER: tuple[str, ...] = (
    "Please make JSON for an order of {q} {i}s.", "Can you give me JSON for an order of {q} {i}s?", "I'd like an order of {q} {i}s as JSON.", "write a json order with {q} {i}s",
)
LIST: tuple[str, ...] = ("Please give me a JSON array from 1 to {b}.", "Can you write the numbers from 1 to {b} as JSON?", "I'd like a JSON list of the numbers 1 to {b}.")
ANY_JSON: tuple[str, ...] = ("Can you give me some JSON?", "I'd like some JSON.", "show me a json example")

INTRODUCTION: tuple[str, ...] = ("Hello there, my name is {n}.", "Hey, I'm {n}.", "Nice to meet you, I am {n}.", "People call me {n}.")
REPEAT: tuple[str, ...] = ("Can you say this: {w}", "please echo: {w}", "Repeat these words: {w}")

ACTION: tuple[str, ...] = ("Could you explain how to {x}?", "What is the way to {x}?", "I need to {x}, how?")
"""Only for things unknown; what is known has its sentences above."""

# Things never seen: for these subjects, places, terms and texts the right answer is that the model does not know.
UNKNOWN_SUBJECTS: tuple[str, ...] = (
    # animals' lives, painting, sailing, trade, medicine, family: groups that training has few questions about
    "How long do elephants live?", "Do fish sleep at night?", "Where do swallows go in winter?", "Who painted this portrait?", "What is a good frame for a watercolour?",
    "How do I tie a bowline?", "When does the ferry leave for {p}?", "Is the harbour of {p} deep?", "What does a litre of petrol cost?", "Which bank has the lowest fees?",
    "Can I return these boots?", "How many pills should I take?", "What helps against a sore throat?", "Is this rash serious?", "How do I calm a crying baby?",
    "What should I give my sister for her birthday?", "My nephew starts school in autumn.", "Our neighbours have sold their caravan.", "Who was the first person on the moon?",
    "When did the Titanic sink?", "What is the tallest building in {p}?", "Which river flows through {p}?", "Does {n} live near {p}?", "How do I say sorry in Swedish?",
    "Write a limerick about {t}.", "Please rewrite this paragraph.", "Give me three synonyms for happy.", "Explain the offside rule.", "How do I unlock my phone?",
    "My printer prints only blank pages.", "Please turn down the heating.", "What is the best laptop for students?", "Write a Haskell function that merges two lists.",
    "Why does my C++ program crash?", "How do I centre a div?", "Can you draw a castle for me?", "Tell me about your childhood.", "What is the speed of light?",
    "How many grams are in an ounce?", "Who is the author of Don Quixote?", "What is the chemical formula of salt?", "The kettle has been boiling for ten minutes.",
    "Please wake me at seven.", "Which wine goes with duck?", "How do I get red wine out of a carpet?", "Is {p} safe at night?", "I broke my arm last week.",
    "Can you lend me some money?", "What did {n} say about {t}?", "Do you prefer cats or dogs?",
)
FOREIGN: tuple[str, ...] = (
    "Bon dia, com estàs?", "No entenc res.", "Dobar dan, kako ste?", "Gdje je kolodvor?", "Habari gani?", "Jina lako nani?", "Apa kabar?", "Di mana stasiun?",
    "Jó napot, hogy van?", "Hol van az állomás?", "Привіт, як справи?", "Де вокзал?", "Laba diena, kaip sekasi?", "Tere, kuidas läheb?", "สวัสดี", "שלום, מה שלומך?",
)
SENTENCES: tuple[str, ...] = (
    "The ferry was late because of the storm, and the passengers slept in the waiting room.", "Her sister painted the kitchen yellow without asking anybody.",
    "The harvest was poor this year, so the price of potatoes doubled.", "In the morning the snow had covered all the tracks.",
    "The council decided to plant two hundred trees along the canal.", "He forgot his umbrella on the tram and never got it back.",
    "The second chapter explains how glass was made in the twelfth century.", "Three children were playing cards under the big table.",
)
UNKNOWN_TERMS: tuple[str, ...] = tuple("""a meteor|the solar system|Venus|an asteroid|a swamp|a reef|a cello|a flute|folk music|a rapper|Bach|Madonna|a notary|a burglary|
    a trademark|an oak|a daffodil|ivy|a greenhouse|a rake|embroidery|weaving|glass blowing|a waffle|ketchup|mustard|a mango|a walnut|fencing with swords|handball|water polo|
    Malta|Seville|Australia|Austria|Churchill|Galileo|Rembrandt|Scala|Julia the language|Fortran|SQLite|Laravel|Svelte|Kubernetes|a spinlock|merge sort|a kettle|a freezer|a raincoat|
    a purse|a hyena|a manatee|a hummingbird|a spleen|an elbow|measles|a coin|poker|New Year|judo""".replace("\n    ", "").split("|"))
PLACES: tuple[str, ...] = tuple("Zurich Geneva Naples Finland Bolivia Denver Ghana Iceland Romania Hanoi".split())

# Also never seen, and copied into the answer; scored apart from all the rest.
UNSEEN_NAMES: tuple[str, ...] = tuple("Agnes Boris Cedric Delia Edgar Frida Gordon Hilda Irene Jasper Leon Miriam Nathan Ophelia Philip Rufus Sonja Tobias Ulrich Vanessa".split())
UNSEEN_STORY_SUBJECTS: tuple[str, ...] = tuple("gecko heron weasel jackal bison stork tortoise vulture lynx mule parakeet tadpole moth yak ibis eel gull hornet mongoose wasp".split())
