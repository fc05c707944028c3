//! What the rules want of a Markdown document, with the lines where it stands.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// A part of a document, and the line that it begins in.
pub type At<T> = (usize, T);

/// The parts of a document.
#[derive(Default)]
pub struct Document {
    /// Code between backquotes.
    pub code: Vec<At<String>>,
    /// The words of fenced code.
    pub words: Vec<At<String>>,
    /// The targets of links and images.
    pub links: Vec<At<String>>,
    /// The anchors of headings, as GitHub makes them.
    pub anchors: Vec<String>,
    /// The rows of tables, their heads too: the text of each cell.
    pub rows: Vec<At<Vec<String>>>,
}

impl Document {
    pub fn parse(text: &str) -> Self {
        let mut document = Self::default();
        let (mut heading, mut cells, mut cell) = (None, Vec::new(), None);
        let mut in_block = false;
        for (event, range) in Parser::new_ext(text, Options::ENABLE_TABLES).into_offset_iter() {
            let line = text[..range.start].matches('\n').count() + 1;
            match event {
                Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
                Event::End(TagEnd::Heading(_)) => {
                    document.anchors.extend(heading.take().map(|heading| anchor(&heading)));
                }
                Event::Start(Tag::CodeBlock(_)) => in_block = true,
                Event::End(TagEnd::CodeBlock) => in_block = false,
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    document.links.push((line, dest_url.into_string()));
                }
                Event::Start(Tag::TableCell) => cell = Some(String::new()),
                Event::End(TagEnd::TableCell) => cells.extend(cell.take()),
                Event::End(TagEnd::TableHead | TagEnd::TableRow) => {
                    document.rows.push((line, std::mem::take(&mut cells)));
                }
                Event::Text(words) if in_block => {
                    for (i, block_line) in words.lines().enumerate() {
                        let words = block_line.split_whitespace();
                        document.words.extend(words.map(|word| (line + i, word.to_owned())));
                    }
                }
                Event::Code(code) => {
                    [&mut heading, &mut cell].into_iter().flatten().for_each(|text| text.push_str(&code));
                    document.code.push((line, code.into_string()));
                }
                Event::Text(words) => {
                    [&mut heading, &mut cell].into_iter().flatten().for_each(|text| text.push_str(&words));
                }
                _ => (),
            }
        }
        document
    }

    /// The rows below the head that begins with this cell.
    pub fn table(&self, head: &str) -> &[At<Vec<String>>] {
        let is_head = |(_, row): &At<Vec<String>>| row.first().is_some_and(|cell| cell == head);
        let Some(begin) = self.rows.iter().position(is_head) else { return &[] };
        let rows = &self.rows[begin + 1..];
        // A table's rows are on lines that follow each other, after one of dashes.
        let first = self.rows[begin].0 + 2;
        let count = rows.iter().enumerate().take_while(|(i, (line, _))| *line == first + i).count();
        &rows[..count]
    }
}

/// The anchor of a heading: lower case, spaces as hyphens, no other punctuation.
fn anchor(heading: &str) -> String {
    let kept = heading.trim().chars().filter(|c| c.is_alphanumeric() || [' ', '-', '_'].contains(c));
    kept.map(|c| if c == ' ' { '-' } else { c }).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_has_its_parts_with_their_lines() {
        let document = Document::parse(
            "# What `it` does, now\n\nSee `a/b` and [c](d.md#e).\n\n| x | y |\n| --- | --- |\n| `1` | 2 |\n\n\
             | z |\n| --- |\n| 3 |\n\n```sh\nrun a/b\n```\n",
        );
        assert_eq!(document.anchors, ["what-it-does-now"]);
        let code = [(1, "it".to_owned()), (3, "a/b".to_owned()), (7, "1".to_owned())];
        assert_eq!(document.code, code);
        assert_eq!(document.links, [(3, "d.md#e".to_owned())]);
        assert_eq!(document.table("x"), [(7, vec!["1".to_owned(), "2".to_owned()])]);
        assert_eq!(document.table("z"), [(11, vec!["3".to_owned()])]);
        assert_eq!(document.table("w"), []);
        assert_eq!(document.words, [(14, "run".to_owned()), (14, "a/b".to_owned())]);
    }
}
