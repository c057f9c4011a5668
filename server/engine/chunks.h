/*
 * Chunked bodies (RFC 9112 section 7.1), in place of h2o's decoder: that one skips
 * chunk extensions and trailers of any length, and takes a lone LF for the end of a
 * line, which a proxy in front may read otherwise.  Here lines end in CRLF, and what
 * is skipped is short.
 */
#ifndef SERVER_ENGINE_CHUNKS_H
#define SERVER_ENGINE_CHUNKS_H

#include <stddef.h>
#include <stdint.h>

/* h2o's struct phr_chunked_decoder, which it zeroes and keeps for us. */
struct chunks {
	size_t left;            /* of the chunk, as far as is known */
	unsigned char trailers; /* h2o's wish to have them read; so we do */
	unsigned char digits;   /* of its size */
	unsigned char state;    /* enum state */
	uint16_t skipped;       /* bytes of extensions and trailers */
};

enum {
	CHUNKS_SKIPPED_MAX = 1024,
	CHUNKS_BROKEN = -1,    /* and so is the connection */
	CHUNKS_MORE = -2,      /* have to come */
	CHUNKS_TOO_LARGE = -3, /* says a size: more than any body may have; broken too */
	CHUNK_SIZE_MAX = 1 << 20,
};

/* Takes the next bytes of a body and leaves in their place, and in *size, what they
 * carry.  CHUNKS_MORE, CHUNKS_BROKEN, CHUNKS_TOO_LARGE, or, at the end of the body, how many bytes
 * of the next request follow what was left. */
ptrdiff_t chunks_decode(struct chunks *, char *bytes, size_t *size);

#endif
