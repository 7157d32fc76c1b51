/**
 * One line of the simulator's record of a conversation, read for the page. The record is kept from the business's
 * side (`in` = it came in there); the page is the contact's phone, so `in` is *mine*.
 */

/** `{wamid, mine, kind, text, payload, at (ms), status, error, number, quoted, reaction}` from a record line. */
export function readEntry(line) {
  const payload = line.payload ?? {};
  return {
    wamid: line.wamid,
    mine: line.direction === "in",
    kind: line.type,
    text: line.text ?? "",
    payload,
    at: line.at * 1000,
    status: line.status,
    error: line.errors?.[0]?.code ?? null,
    number: line.phone_number_id,
    quoted: payload.context?.message_id ?? payload.context?.id ?? null,
    reaction: line.type === "reaction" ? payload.reaction ?? {} : null,
  };
}

/** How far one of *my* messages got: `sent` to the webhook, `delivered` (it answered 200), `read`. */
export const tickOf = (entry) => ({ delivered: "received", read: "read", played: "read" })[entry.status] ?? "posted";
