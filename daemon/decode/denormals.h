/* denormals: numbers too small to be worth a hundred times the time of others. [pure] */
#pragma once

/* On the calling thread, from now on: results that small are zero, and so are such inputs. It changes the
 * last bits of a decaying state, so whoever wants the same bits calls it too. */
void denormals_flush(void);
