//! Makes the `:authority` of gRPC's C core over a Unix socket one that HTTP/2 libraries take.
//!
//! The C core, and with it the clients of Python, Ruby, PHP and C++, names the path of the socket there, percent-encoded:
//! `%2Frun%2Fnode.sock`. That is no authority of a URI, and `h2` resets the request. Nothing here looks at the authority,
//! so each `%` in it becomes a `-`: the length stays, and with it all lengths around it and in the tables of HPACK.
//!
//! Bytes are looked at one by one, as the pieces come (RFC 9113 for the frames, RFC 7541 for the headers). What is not
//! understood passes through as it is, for the server to refuse.

/// The preface of a connection.
const PREFACE: usize = 24;
const HEADERS: u8 = 1;
const PUSH_PROMISE: u8 = 5;
const CONTINUATION: u8 = 9;
const PADDED: u8 = 0x8;
const PRIORITY: u8 = 0x20;
/// The name of the field, which the C core writes out.
const NAME: &[u8] = b":authority";
/// Its index in HPACK's static table, for who does not.
const AUTHORITY: u64 = 1;

/// Rewrites what a client sends, in place.
#[derive(Debug)]
pub(super) struct Authority {
    frames: Frames,
    fields: Fields,
}

/// Where in the frames the next byte is.
#[derive(Debug)]
enum Frames {
    /// So many bytes of no interest are left.
    Skip(usize),
    /// In a frame's header, of which these have come.
    Head([u8; 9], usize),
    /// In a frame of headers: the bytes of it that are left, those before the fields and those after them.
    Fields { left: usize, before: usize, padding: Option<usize> },
}

/// Where in the fields the next byte is.
#[derive(Clone, Copy, Debug)]
enum Fields {
    /// At the first byte of a field.
    First,
    /// In an integer whose value so far is this.
    Number { value: u64, shift: u32, then: Then },
    /// At the first byte of a string's length.
    Length(Text),
    /// In a string.
    Text { left: u64, text: Text, plain: bool },
}

/// What an integer is.
#[derive(Clone, Copy, Debug)]
enum Then {
    /// The whole of a field.
    Done,
    /// The index of a name, followed by a value.
    Name,
    /// The length of a string.
    Length { text: Text, plain: bool },
}

/// What a string is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Text {
    /// A name, of which so many bytes are those of [`NAME`]; `None` where it is another one.
    Name(Option<usize>),
    Value,
    Authority,
}

impl Authority {
    /// At the beginning of a connection.
    pub(super) fn new() -> Self {
        Self { frames: Frames::Skip(PREFACE), fields: Fields::First }
    }

    /// The next bytes.
    pub(super) fn rewrite(&mut self, bytes: &mut [u8]) {
        let mut at = 0;
        while at < bytes.len() {
            if let Frames::Skip(left) = &mut self.frames {
                let skipped = (bytes.len() - at).min(*left);
                *left -= skipped;
                at += skipped;
                if *left == 0 {
                    self.frames = Frames::Head([0; 9], 0);
                }
            } else if let Some(byte) = bytes.get_mut(at) {
                self.step(byte);
                at += 1;
            }
        }
    }

    fn step(&mut self, byte: &mut u8) {
        match &mut self.frames {
            Frames::Skip(_) => {}
            Frames::Head(head, count) => {
                if let Some(slot) = head.get_mut(*count) {
                    *slot = *byte;
                }
                *count += 1;
                if *count == head.len() {
                    let head = *head;
                    self.begin(head);
                }
            }
            Frames::Fields { left, before, padding } => {
                *left -= 1;
                if padding.is_none() {
                    // The first byte of a padded frame is the length of what follows the fields.
                    *padding = Some(usize::from(*byte));
                } else if *before > 0 {
                    *before -= 1;
                } else if padding.is_some_and(|padding| *left >= padding) {
                    self.fields = self.fields.next(byte);
                }
                if *left == 0 {
                    self.frames = Frames::Head([0; 9], 0);
                }
            }
        }
    }

    fn begin(&mut self, head: [u8; 9]) {
        let [a, b, c, kind, flags, ..] = head;
        let left = usize::from(a) << 16 | usize::from(b) << 8 | usize::from(c);
        self.frames = match kind {
            _ if left == 0 => Frames::Head([0; 9], 0),
            HEADERS => {
                self.fields = Fields::First;
                let before = if flags & PRIORITY != 0 { 5 } else { 0 };
                Frames::Fields { left, before, padding: (flags & PADDED == 0).then_some(0) }
            }
            CONTINUATION => Frames::Fields { left, before: 0, padding: Some(0) },
            // Clients send none; a server that gets one ends the connection.
            PUSH_PROMISE => Frames::Skip(usize::MAX),
            _ => Frames::Skip(left),
        };
    }
}

impl Fields {
    fn next(self, byte: &mut u8) -> Self {
        match self {
            Self::First => match *byte {
                // A field of the table.
                b if b & 0x80 != 0 => number(b, 7, Then::Done),
                // A literal that the table takes in.
                b if b & 0x40 != 0 => number(b, 6, Then::Name),
                // A new size of the table.
                b if b & 0x20 != 0 => number(b, 5, Then::Done),
                // A literal that it does not take in.
                b => number(b, 4, Then::Name),
            },
            Self::Number { value, shift, then } => {
                // A number too large is refused by the server; here it must not overflow.
                let more = u64::from(*byte & 0x7f).checked_shl(shift).unwrap_or(u64::MAX);
                let value = value.saturating_add(more);
                if *byte & 0x80 != 0 {
                    Self::Number { value, shift: shift + 7, then }
                } else {
                    then.with(value)
                }
            }
            Self::Length(text) => {
                let plain = *byte & 0x80 == 0;
                number(*byte, 7, Then::Length { text, plain })
            }
            Self::Text { left, text, plain } => {
                if text == Text::Authority && plain && *byte == b'%' {
                    *byte = b'-';
                }
                text.with(*byte, plain).after(left - 1, plain)
            }
        }
    }
}

/// After the first byte of an integer, which has `bits` of it.
fn number(byte: u8, bits: u32, then: Then) -> Fields {
    let mask = (1 << bits) - 1;
    let value = u64::from(byte) & mask;
    if value < mask { then.with(value) } else { Fields::Number { value, shift: 0, then } }
}

impl Then {
    fn with(self, value: u64) -> Fields {
        match self {
            Self::Done => Fields::First,
            Self::Name if value == 0 => Fields::Length(Text::Name(Some(0))),
            Self::Name if value == AUTHORITY => Fields::Length(Text::Authority),
            Self::Name => Fields::Length(Text::Value),
            Self::Length { text, plain } => text.after(value, plain),
        }
    }
}

impl Text {
    /// With its next byte.
    fn with(self, byte: u8, plain: bool) -> Self {
        match self {
            Self::Name(Some(same)) if plain && NAME.get(same) == Some(&byte) => Self::Name(Some(same + 1)),
            Self::Name(_) => Self::Name(None),
            other => other,
        }
    }

    fn after(self, left: u64, plain: bool) -> Fields {
        match (left, self) {
            (0, Self::Name(Some(same))) if same == NAME.len() => Fields::Length(Self::Authority),
            (0, Self::Name(_)) => Fields::Length(Self::Value),
            (0, _) => Fields::First,
            _ => Fields::Text { left, text: self, plain },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(kind: u8, flags: u8, payload: &[u8]) -> Vec<u8> {
        let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
        [&length[1..], &[kind, flags, 0, 0, 0, 1], payload].concat()
    }

    fn text(text: &str) -> Vec<u8> {
        assert!(text.len() < 127);
        [&[text.len() as u8], text.as_bytes()].concat()
    }

    /// A table entry, a literal of a name of its own, the authority, another literal, an entry again.
    fn fields(authority: &str, path: &str) -> Vec<u8> {
        let similar = [":authority2", ":authorit", ":authoriti"];
        let similar = similar.map(|name| [vec![0x40], text(name), text("a%2Fb")].concat()).concat();
        // As the C core has it.
        let named = [vec![0x40], text(":authority"), text(authority)].concat();
        let own = [vec![0x40], text("x-%2F"), text("a%2Fb"), named, similar].concat();
        let long = [vec![0x0f, 0x80, 0x01], text("%2F")].concat();
        [vec![0x83], own, vec![0x41], text(authority), vec![0x44], text(path), long, vec![0xff, 0x00]]
            .concat()
    }

    fn rewritten(bytes: &[u8], piece: usize) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        let mut authority = Authority::new();
        bytes.chunks_mut(piece).for_each(|piece| authority.rewrite(piece));
        bytes
    }

    #[test]
    fn the_authority_alone_is_changed_however_it_arrives() {
        let sent = |authority: &str| {
            let fields = fields(authority, "/a%2Fb");
            let (first, second) = fields.split_at(17);
            let padded = [&[3][..], &[0; 5], &fields, &[0x41, 1, b'%']].concat();
            [
                vec![b'%'; PREFACE],
                frame(4, 0, b"%%%%%%"),
                frame(HEADERS, 4, &fields),
                frame(0, 1, b"\x41\x03%2F"),
                frame(HEADERS, 4 | PADDED | PRIORITY, &padded),
                frame(HEADERS, 0, first),
                frame(CONTINUATION, 4, second),
                frame(8, 0, b"%%%%"),
            ]
            .concat()
        };
        let expected = sent("-2Frun-2Fnode.sock");
        for piece in [1, 2, 3, 7, 10_000] {
            assert_eq!(rewritten(&sent("%2Frun%2Fnode.sock"), piece), expected, "in pieces of {piece}");
            assert_eq!(rewritten(&sent("localhost"), piece), sent("localhost"));
        }
    }

    #[test]
    fn nothing_that_comes_panics() {
        let mut state = 1u64;
        for _ in 0..2000 {
            let mut byte = || {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (state >> 56) as u8
            };
            let payload: Vec<u8> = (0..64).map(|_| if byte() < 100 { 0xff } else { byte() }).collect();
            let flags = byte();
            let bytes = [vec![0; PREFACE], frame(HEADERS, flags, &payload), frame(CONTINUATION, 0, &payload)];
            assert_eq!(rewritten(&bytes.concat(), 5).len(), bytes.concat().len());
        }
    }
}
