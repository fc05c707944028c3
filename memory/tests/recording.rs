//! Recordings are read as they were written, and what is none is refused.

use std::time::Duration;

use quickpickle_memory::{Event, Malformed, Mark, Memory, ReadError, Recording, Row, Writer};

const HEADER: &str = "ms,node,event,process,pid,rss_kib,pss_kib,uss_kib,peak_rss_kib,text\n";

fn row(micros: u64, node: &str, event: Event) -> Row {
    Row { at: Duration::from_micros(micros), node: node.to_owned(), event }
}

fn mark(text: &str) -> Event {
    Event::Mark(Mark::of(text))
}

fn sample(process: &str, pid: u32, memory: [u64; 4]) -> Event {
    let [rss, pss, uss, peak] = memory;
    Event::Sample { process: process.to_owned(), pid, memory: Memory { rss, pss, uss, peak } }
}

fn written(rows: &[Row]) -> String {
    let mut bytes = Vec::new();
    let mut writer = Writer::new(&mut bytes).unwrap();
    rows.iter().for_each(|row| writer.write(row).unwrap());
    writer.flush().unwrap();
    drop(writer);
    String::from_utf8(bytes).unwrap()
}

fn read(text: &str) -> Result<Recording, ReadError> {
    Recording::read(text.as_bytes())
}

#[test]
fn rows_come_back() {
    let rows = [
        row(0, "whale-1", Event::Begin { unix_ms: 1_790_000_000_123 }),
        row(1_500, "whale-1", mark("prover started, \"eagerly\"; ζ")),
        row(200_000, "whale-1", sample("main", 7, [30, 20, 10, 40])),
        row(200_000, "whale-1", sample("prover", u32::MAX, [1 << 40, 1 << 39, 0, 1 << 41])),
        row(999_999_999_999, "whale-1", mark("end")),
    ];
    let text = written(&rows);
    assert!(text.starts_with(HEADER), "{text}");
    assert_eq!(text.lines().nth(1), Some("0.000,whale-1,begin,,,,,,,1790000000123"));
    assert_eq!(text.lines().nth(3), Some("200.000,whale-1,sample,main,7,30,20,10,40,"));
    let recording = read(&text).unwrap();
    assert_eq!(recording.rows(), rows);
    let mut again = Vec::new();
    recording.write(&mut again).unwrap();
    assert_eq!(String::from_utf8(again).unwrap(), text);
}

#[test]
fn what_cannot_be_a_name_or_a_text_is_written_as_one() {
    let rows = [
        row(0, "a b", Event::Begin { unix_ms: 1 }),
        row(0, "a b", mark("two\nlines")),
        row(0, "a b", mark("")),
        row(0, "a b", mark(&"x".repeat(300))),
        row(0, "a b", sample("", 1, [0; 4])),
    ];
    let recording = read(&written(&rows)).unwrap();
    assert_eq!(recording.nodes(), ["a_b"]);
    let marks: Vec<_> = recording.marks().map(|(_, _, mark)| mark.to_string()).collect();
    assert_eq!(marks, ["two lines", "-", &"x".repeat(200)]);
    assert_eq!(recording.lives()[0].process, "_");
}

#[test]
fn rows_are_put_in_order_of_time() {
    let text = written(&[
        row(0, "a", Event::Begin { unix_ms: 1 }),
        row(500, "a", sample("main", 1, [1; 4])),
        row(400, "a", mark("between two samples")),
    ]);
    let times: Vec<_> = read(&text).unwrap().rows().iter().map(|row| row.at.as_micros()).collect();
    assert_eq!(times, [0, 400, 500]);
}

#[test]
fn nodes_get_one_axis_of_time() {
    let one = |unix_ms, node: &str| {
        let rows = [row(0, node, Event::Begin { unix_ms }), row(1_000, node, mark("main ready"))];
        read(&written(&rows)).unwrap()
    };
    let merged = Recording::merge([one(5_300, "fish"), one(5_000, "seed"), one(5_001, "fish")]);
    assert_eq!(merged.nodes(), ["seed", "fish-2", "fish"]);
    let marks: Vec<_> = merged.marks().map(|(at, node, _)| (at.as_millis(), node.to_owned())).collect();
    assert_eq!(marks, [(1, "seed".to_owned()), (2, "fish-2".to_owned()), (301, "fish".to_owned())]);
    let mut bytes = Vec::new();
    merged.write(&mut bytes).unwrap();
    assert_eq!(Recording::read(&bytes[..]).unwrap(), merged);
}

/// What reading says of the line after a good beginning.
fn refused(line: &str) -> Malformed {
    match read(&format!("{HEADER}10,a,begin,,,,,,,1\n{line}\n")) {
        Err(ReadError::Line { line: 3, reason }) => reason,
        other => panic!("{line}: {other:?}"),
    }
}

#[test]
fn malformed_lines_are_refused() {
    let good = "20,a,sample,main,1,3,2,1,4,";
    assert!(read(&format!("{HEADER}10,a,begin,,,,,,,1\n{good}\n")).is_ok());

    let number = |column, value: &str| Malformed::Number { column, value: value.to_owned() };
    let name = |column, value: &str| Malformed::Name { column, value: value.to_owned() };
    let cases = [
        ("20,a,sample,main,1,3,2,1,4", Malformed::Columns(9)),
        ("20,a,sample,main,1,3,2,1,4,,", Malformed::Columns(11)),
        ("", Malformed::Columns(1)),
        ("-1,a,sample,main,1,3,2,1,4,", Malformed::Time("-1".into())),
        ("1e3,a,sample,main,1,3,2,1,4,", Malformed::Time("1e3".into())),
        ("20.5,a,sample,main,1,3,2,1,4,", Malformed::Time("20.5".into())),
        ("NaN,a,sample,main,1,3,2,1,4,", Malformed::Time("NaN".into())),
        (",a,sample,main,1,3,2,1,4,", Malformed::Time("".into())),
        ("1000000000001,a,sample,main,1,3,2,1,4,", Malformed::Time("1000000000001".into())),
        ("20,,sample,main,1,3,2,1,4,", name("node", "")),
        ("20,a/b,sample,main,1,3,2,1,4,", name("node", "a/b")),
        ("20,a,sample,<main>,1,3,2,1,4,", name("process", "<main>")),
        ("20,a,smaple,main,1,3,2,1,4,", Malformed::Event("smaple".into())),
        ("20,a,sample,main,0,3,2,1,4,", number("pid", "0")),
        ("20,a,sample,main,4294967296,3,2,1,4,", number("pid", "4294967296")),
        ("20,a,sample,main,1,,2,1,4,", number("rss_kib", "")),
        ("20,a,sample,main,1,3,+2,1,4,", number("pss_kib", "+2")),
        ("20,a,sample,main,1,3,2,1.5,4,", number("uss_kib", "1.5")),
        ("20,a,sample,main,1,3,2,1,281474976710656,", number("peak_rss_kib", "281474976710656")),
        ("20,a,sample,main,1,3,2,1,4,x", Malformed::NotEmpty("text")),
        ("20,a,mark,main,,,,,,x", Malformed::NotEmpty("process")),
        ("20,a,mark,,,,,,,", Malformed::Text),
        ("20,a,mark,,,,,,,\u{7}", Malformed::Text),
        ("5,a,mark,,,,,,,x", Malformed::Early),
        ("20,b,mark,,,,,,,x", Malformed::Begin("b".into())),
        ("20,a,begin,,,,,,,1", Malformed::Begin("a".into())),
        ("20,b,begin,,,,,,,x", number("text", "x")),
    ];
    for (line, reason) in cases {
        assert_eq!(refused(if line.is_empty() { "\"\"" } else { line }), reason, "{line}");
    }
    assert_eq!(refused(&format!("20,{},mark,,,,,,,x", "n".repeat(65))), name("node", &"n".repeat(40)));
    assert_eq!(refused(&format!("20,a,mark,,,,,,,{}", "x".repeat(201))), Malformed::Text);
}

#[test]
fn what_is_no_recording_is_refused() {
    assert!(matches!(read(""), Err(ReadError::Empty)));
    assert!(matches!(read(HEADER), Err(ReadError::Empty)));
    assert!(matches!(read("time,rss\n1,2\n"), Err(ReadError::Header(_))));
    assert!(matches!(read(&HEADER.replace("pss", "uss")), Err(ReadError::Header(_))));
    assert!(matches!(read(&format!("{HEADER}\n10,a,mark,,,,,,,x\n")), Err(ReadError::Line { .. })));
    // Not text, and cut in the middle of a row.
    assert!(matches!(Recording::read(&b"\xff\xfe\n"[..]), Err(ReadError::Csv(_))));
    let text = written(&[row(0, "a", Event::Begin { unix_ms: 1 }), row(9, "a", sample("main", 1, [10; 4]))]);
    assert!(read(&text).is_ok());
    assert!(matches!(read(&text[..text.len() - 3]), Err(ReadError::Line { .. })));
}

#[test]
fn endless_files_are_not_read_to_their_end() {
    let begin = format!("{HEADER}10,a,begin,,,,,,,1\n");
    let endless = std::io::Read::chain(begin.as_bytes(), std::io::repeat(b'x'));
    assert!(matches!(Recording::read(endless), Err(ReadError::TooLong | ReadError::Line { .. })));
}
