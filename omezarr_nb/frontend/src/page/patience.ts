/** Fetching from a server that may never answer, or stop in the middle of an answer. */
import { pageWords } from "./words";

/** Milliseconds without a word from the server after which it is given up. */
const PATIENCE = 30_000;

/** As `fetch`, yet a server that says nothing for so long is an error: before its answer, or between two parts of it. */
export async function fetchPatiently(request: Request, patience = PATIENCE): Promise<Response> {
  const control = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const hear = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => control.abort(new Error(pageWords.silent(patience / 1000))), patience);
  };
  const end = (): void => clearTimeout(timer);
  hear();
  try {
    const response = await fetch(new Request(request, { signal: control.signal }));
    // Of any other answer nobody reads the body.
    if (!response.ok || !response.body) {
      end();
      return response;
    }
    hear();
    const { status, statusText, headers } = response;
    const parts = response.body.getReader();
    const body = new ReadableStream<Uint8Array>({
      async pull(out) {
        try {
          const { done, value } = await parts.read();
          hear();
          if (value) out.enqueue(value);
          if (!done) return;
          end();
          out.close();
        } catch (error) {
          end();
          out.error(control.signal.aborted ? control.signal.reason : error);
        }
      },
      cancel(why) {
        end();
        return parts.cancel(why);
      },
    });
    return new Response(body, { status, statusText, headers });
  } catch (error) {
    end();
    throw control.signal.aborted ? control.signal.reason : error;
  }
}
