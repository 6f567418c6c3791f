#include "row.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAMES_MAX 128

static struct {
	char *name;
	char *value;
} names[NAMES_MAX];
static int name_count;

void names_add(const char *name, const char *value)
{
	if (name_count == NAMES_MAX)
		abort();
	names[name_count].name = strdup(name);
	names[name_count++].value = strdup(value);
}

const char *names_get(const char *name)
{
	for (int i = 0; i < name_count; i++) {
		if (strcmp(names[i].name, name) == 0)
			return names[i].value;
	}
	return NULL;
}

/* A {NAME} at TEXT: its name into NAME; its length, or 0 (as in the quantifier {3}). */
static size_t placeholder(const char *text, char *name, size_t size)
{
	const char *end;

	if (text[0] != '{' || !isalpha((unsigned char)text[1]))
		return 0;
	end = strchr(text, '}');
	if (!end || (size_t)(end - text) > size)
		return 0;
	memcpy(name, text + 1, (size_t)(end - text) - 1);
	name[end - text - 1] = '\0';
	return (size_t)(end - text) + 1;
}

char *names_expand(const char *text)
{
	char name[64];
	char *out = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&out, &size);

	while (*text) {
		const size_t taken = placeholder(text, name, sizeof(name));

		if (!taken) {
			fputc(*text++, stream);
			continue;
		}
		if (!names_get(name)) {
			fprintf(stderr, "peers: nothing is called {%s}\n", name);
			exit(2);
		}
		fputs(names_get(name), stream);
		text += taken;
	}
	fclose(stream);
	return out;
}

struct parser {
	const char *file;
	int line;
	struct row *row;
};

static _Noreturn void refuse(const struct parser *p, const char *why)
{
	fprintf(stderr, "%s:%d: %s\n", p->file, p->line, why);
	exit(2);
}

/* Cuts the next word from *CURSOR in place; NULL at the end. Quotes group, nothing escapes. */
static char *next_word(const struct parser *p, char **cursor)
{
	char *from = *cursor + strspn(*cursor, " \t");
	char *to = from;
	char *word = from;
	char quote = '\0';

	if (!*from)
		return NULL;
	for (; *from && (quote || !isspace((unsigned char)*from)); from++) {
		if (quote && *from == quote)
			quote = '\0';
		else if (!quote && (*from == '\'' || *from == '"'))
			quote = *from;
		else
			*to++ = *from;
	}
	if (quote)
		refuse(p, "unfinished quotes");
	*cursor = *from ? from + 1 : from;
	*to = '\0';
	return word;
}

static int parse_code(const struct parser *p, const char *word)
{
	char *end;
	long code;

	if (!word)
		refuse(p, "an exit code is missing");
	if (strcmp(word, "*") == 0)
		return ANY_CODE;
	code = strtol(word, &end, 10);
	if (*end || code < 0 || code > 255)
		refuse(p, "not an exit code");
	return (int)code;
}

/* The rest of the line as it stands, for regular expressions. */
static const char *rest(char *cursor)
{
	cursor += strspn(cursor, " \t");
	return *cursor ? cursor : NULL;
}

static void parse_want(const struct parser *p, char *cursor)
{
	const char *word = next_word(p, &cursor);

	if (word && strcmp(word, "same") == 0) {
		p->row->want = WANT_SAME;
	} else if (word && strcmp(word, "code") == 0) {
		p->row->want = WANT_CODE;
		p->row->regex = rest(cursor);
	} else if (word && strcmp(word, "better") == 0) {
		p->row->want = WANT_BETTER;
		p->row->id = next_word(p, &cursor);
		p->row->code = parse_code(p, next_word(p, &cursor));
		p->row->regex = rest(cursor);
		if (!p->row->regex)
			refuse(p, "better: ID CODE REGEX");
	} else {
		refuse(p, "want same, code, or better");
	}
	if (p->row->id && strcmp(p->row->id, "!") == 0)
		refuse(p, "better what?");
}

static void parse_run(const struct parser *p, char *cursor)
{
	int count = 0;
	char *word;

	while ((word = next_word(p, &cursor))) {
		if (count == ROW_ARGS)
			refuse(p, "too many arguments");
		p->row->argv[count++] = word;
	}
	if (!count)
		refuse(p, "run what?");
}

static void parse_env(const struct parser *p, char *cursor)
{
	int i = 0;

	while (p->row->env[i])
		i++;
	if (i == ROW_ENVS)
		refuse(p, "too many env lines");
	p->row->env[i] = next_word(p, &cursor);
}

static void parse_mount(const struct parser *p, char *cursor)
{
	struct row *row = p->row;

	if (row->mounts == ROW_MOUNTS)
		refuse(p, "too many mount lines");
	row->mount_from[row->mounts] = next_word(p, &cursor);
	row->mount_to[row->mounts] = next_word(p, &cursor);
	if (!row->mount_to[row->mounts++])
		refuse(p, "mount: FILE TARGET");
}

static double parse_seconds(const struct parser *p, const char *text)
{
	char *end;
	const double value = strtod(text, &end);

	if (end == text || value <= 0)
		refuse(p, "not a number of seconds");
	return value;
}

static void parse_was(const struct parser *p, char *cursor)
{
	p->row->was_code = parse_code(p, next_word(p, &cursor));
	p->row->was = rest(cursor);
	if (!p->row->was)
		refuse(p, "was: CODE REGEX");
}

static void parse_directive(const struct parser *p, const char *verb, char *cursor)
{
	struct row *row = p->row;

	if (strcmp(verb, "run") == 0)
		parse_run(p, cursor);
	else if (strcmp(verb, "was") == 0)
		parse_was(p, cursor);
	else if (strcmp(verb, "want") == 0)
		parse_want(p, cursor);
	else if (strcmp(verb, "env") == 0)
		parse_env(p, cursor);
	else if (strcmp(verb, "mount") == 0)
		parse_mount(p, cursor);
	else if (strcmp(verb, "stdin") == 0)
		row->stdin_file = rest(cursor);
	else if (strcmp(verb, "server") == 0)
		row->server = rest(cursor);
	else if (strcmp(verb, "server-was") == 0)
		row->server_was = rest(cursor);
	else if (strcmp(verb, "tries") == 0)
		row->tries = (int)parse_seconds(p, cursor);
	else if (strcmp(verb, "within") == 0)
		row->within = parse_seconds(p, cursor);
	else if (strcmp(verb, "was-slow") == 0)
		row->was_slow = parse_seconds(p, cursor);
	else
		refuse(p, "unknown directive");
}

static void check_complete(const struct parser *p)
{
	if (p->row && (!p->row->argv[0] || !p->row->was))
		refuse(p, "the row before this line lacks its run or its was");
}

static void begin_row(struct parser *p, struct row *row, const struct row *rows, char *cursor)
{
	check_complete(p);
	*row = (struct row){.line = p->line, .tries = 1, .within = 11, .code = ANY_CODE};
	row->name = next_word(p, &cursor);
	if (!row->name)
		refuse(p, "row: NAME");
	for (const struct row *other = rows; other < row; other++) {
		if (strcmp(other->name, row->name) == 0)
			refuse(p, "this name is taken");
	}
	p->row = row;
}

/*
 * One line. The text of a row goes on living, so a line that is kept is never freed; what follows
 * an unmet `needs` in its row is not expanded, since its names are unknown.
 */
static int parse_line(struct parser *p, struct row *rows, int count, const char *line)
{
	char *copy;
	char *cursor;
	const char *verb;

	if (line[0] == '\0' || line[0] == '#')
		return count;
	copy = p->row && p->row->needs ? strdup(line) : names_expand(line);
	cursor = copy;
	verb = next_word(p, &cursor);
	if (!verb)
		refuse(p, "a line of blanks");
	if (strcmp(verb, "row") == 0) {
		begin_row(p, &rows[count], rows, cursor);
		return count + 1;
	}
	if (!p->row)
		refuse(p, "a row line must come first");
	if (strcmp(verb, "needs") == 0) {
		if (!names_get(rest(cursor)))
			p->row->needs = rest(cursor);
		return count;
	}
	parse_directive(p, verb, cursor);
	return count;
}

int rows_read(const char *file, struct row *rows, int max)
{
	struct parser p = {.file = file};
	FILE *stream = fopen(file, "re");
	char *line = NULL;
	size_t size = 0;
	ssize_t got;
	int count = 0;

	if (!stream) {
		fprintf(stderr, "%s: %s\n", file, strerror(errno));
		exit(2);
	}
	while ((got = getline(&line, &size, stream)) > 0) {
		p.line++;
		if (line[got - 1] == '\n')
			line[got - 1] = '\0';
		if (count == max)
			refuse(&p, "too many rows");
		count = parse_line(&p, rows, count, line);
	}
	check_complete(&p);
	free(line);
	fclose(stream);
	return count;
}
