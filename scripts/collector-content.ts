/** Keys under which instrumentations put prompts, completions, and the bodies of requests and answers. */
export const contentKeys =
  '(?i)(^|[.])(' +
  [
    'prompts?',
    'completions?',
    'messages',
    'content',
    'text',
    'system_instructions?',
    '(input|output)[._](messages?|value|text)',
    '(request|response)[._](body|content|text|message)',
    'tool[.](call[.])?(arguments|result|parameters)',
    '(prompt|completion|user|assistant|system)[._](text|message|content)',
  ].join('|') +
  ')([.].*)?$';

/**
 * What a message quotes, or names and then repeats: `JSON.parse` and other parsers put the text that
 * they could not read into their errors.
 */
export const quotedContent = [
  '"[^"]*"?',
  '`[^`]*`?',
  "(^|[\\s(=:,\\[])'[^']*'",
  '(?i:\\b(prompt|completion|content|messages?_content|input|output)s?\\s*[:=]\\s*[^\\n]+)',
].join('|');
