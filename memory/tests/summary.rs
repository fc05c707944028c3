//! Figures of recordings whose figures are known.

use std::time::Duration;

use quickpickle_memory::{Recording, Run, Summary};

fn run(name: &str, rows: &str) -> Run {
    let header = "ms,node,event,process,pid,rss_kib,pss_kib,uss_kib,peak_rss_kib,text\n";
    Run { name: name.to_owned(), recording: Recording::read(format!("{header}{rows}").as_bytes()).unwrap() }
}

/// Two nodes; the first one's verifier dies and is replaced under its old id's successor.
const BEFORE: &str = "\
0,seed,begin,,,,,,,1000
0,seed,mark,,,,,,,main started
10,seed,mark,,,,,,,verifier started
20,fish,begin,,,,,,,1020
20,fish,mark,,,,,,,main started
100,seed,sample,main,1,9000,8000,7000,9500,
100,seed,sample,verifier,2,400000,390000,380000,500000,
150,fish,sample,main,5,9000,8000,7000,9500,
200,seed,sample,main,1,5000,4000,3000,9500,
200,seed,sample,verifier,2,300000,290000,280000,500000,
310,seed,mark,,,,,,,verifier ready
350,fish,mark,,,,,,,verifier started
400,fish,sample,main,5,5000,4000,3000,9500,
400,fish,sample,verifier,6,200000,190000,180000,200000,
500,seed,mark,,,,,,,verifier stopped
510,seed,mark,,,,,,,verifier started
530,seed,mark,,,,,,,verifier ready
600,seed,sample,main,1,5000,4000,3000,9500,
600,seed,sample,verifier,3,100000,90000,80000,100000,
850,fish,mark,,,,,,,verifier ready
";

const AFTER: &str = "\
0,seed,begin,,,,,,,2000
0,seed,mark,,,,,,,main started
5,seed,mark,,,,,,,verifier started
10.500,seed,mark,,,,,,,verifier ready
100,seed,sample,main,1,5000,4000,3000,5000,
100,seed,sample,verifier,2,20000,10000,5000,20000,
";

#[test]
fn figures_of_processes_and_nodes() {
    let summary = Summary::of(&[run("before", BEFORE)]);
    let before = &summary.runs[0];
    assert_eq!(before.length, Duration::from_millis(850));
    let figures: Vec<_> = before
        .processes
        .iter()
        .map(|f| {
            (f.node.as_str(), f.process.as_str(), f.boot.map(|b| b.as_millis()), f.peak_rss, f.pss, f.uss)
        })
        .collect();
    assert_eq!(
        figures,
        [
            ("seed", "main", None, 9500, 4000, 3000),
            ("seed", "verifier", Some(300), 500_000, 290_000, 280_000),
            ("seed", "verifier", Some(20), 100_000, 90_000, 80_000),
            ("fish", "main", None, 9500, 4000, 3000),
            ("fish", "verifier", Some(500), 200_000, 190_000, 180_000),
        ]
    );
    let verifiers: Vec<_> = before.part("verifier").iter().map(|f| f.begin.as_millis()).collect();
    assert_eq!(verifiers, [10, 350, 510]);
    let nodes: Vec<_> =
        before.nodes.iter().map(|n| (n.boot.map(|b| b.as_millis()), n.peak_pss, n.pss)).collect();
    assert_eq!(nodes, [(Some(310), 398_000, 94_000), (Some(830), 194_000, 194_000)]);
    // Between 400 and 600 ms: 294,000 of the seed and 194,000 of the fish; before that 398,000 and 8,000.
    assert_eq!(before.peak_pss, 488_000);
    assert_eq!(before.pss(), 288_000);
}

#[test]
fn the_end_is_the_median_of_the_last_quarter() {
    let mut rows = "0,a,begin,,,,,,,1\n".to_owned();
    for (i, pss) in [9000, 9000, 9000, 9000, 9000, 9000, 9000, 9000, 9000, 70, 3, 50].into_iter().enumerate()
    {
        rows += &format!("{},a,sample,main,1,9999,{pss},1,9999,\n", i + 1);
    }
    let summary = Summary::of(&[run("one", &rows)]);
    assert_eq!(summary.runs[0].processes[0].pss, 50);
    assert_eq!(summary.runs[0].nodes[0].pss, 50);
}

#[test]
fn tables_tell_ratios_to_the_first_run() {
    let text = Summary::of(&[run("before", BEFORE), run("after", AFTER)]).to_string();
    for line in [
        "| part | figure | before | after | ratio |",
        "| --- | --- | ---: | ---: | ---: |",
        "| verifier | processes | 3 | 1 | - |",
        // The median of 20, 300 and 500 ms over 5.5 ms; 500,000 over 20,000 KiB.
        "| verifier | start to ready, median, ms | 300 | 5.50 | 54.5 |",
        "| verifier | highest peak RSS, MB | 512 | 20.5 | 25.0 |",
        "| verifier | settled PSS, median, MB | 195 | 10.2 | 19.0 |",
        "| all | settled PSS, sum, MB | 295 | 14.3 | 20.6 |",
        "| all | highest PSS at one moment, MB | 500 | 14.3 | 34.9 |",
        "| seed | start to verifier ready, ms | 310 | 10.5 | 29.5 |",
        "| fish | settled PSS, MB | 199 | - | - |",
        // The second verifier of the machine is the fish's.
        "| 2 | settled USS, its own, MB | 184 | - | - |",
        "### Every process: before, 0.850 s",
        "| seed | verifier | 5.50 | 20.5 | 20.5 | 10.2 | 5.12 |",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\nis not in\n{text}");
    }
}

#[cfg(feature = "draw")]
mod draw {
    use super::*;
    use quickpickle_memory::Measure;
    use quickpickle_memory::draw::{DrawError, Graph, Reference, Scale, svg};

    #[test]
    fn graphs_have_every_run_and_node() {
        let runs = [run("before", BEFORE), run("after", AFTER)];
        let all = svg(&runs, &Graph { captions: &["with a caption"], ..Graph::default() }).unwrap();
        assert!(all.starts_with("<svg") && all.trim_end().ends_with("</svg>"), "{all}");
        let words =
            ["before", "after", "with a caption", "seed", "fish", "Main processes, MB", "Verifiers, MB"];
        for words in words {
            assert!(has(&all, words), "{words} is not in\n{all}");
        }
        assert!(all.contains("(PSS: ") && !has(&all, "Provers, MB"), "{all}");
    }

    #[test]
    fn a_graph_may_have_some_processes_and_what_to_compare_them_with() {
        let reference = Reference { process: "verifier", label: "another program", megabytes: 9000.0 };
        let graph = Graph {
            measure: Measure::Rss,
            scale: Scale::Log,
            processes: &["verifier"],
            references: &[reference],
            ..Graph::default()
        };
        let verifiers = svg(&[run("before", BEFORE)], &graph).unwrap();
        assert!(!has(&verifiers, "Main processes, MB") && verifiers.contains("(RSS: "), "{verifiers}");
        // The axis reaches the line.
        for words in ["another program", "10", "100", "1000"] {
            assert!(has(&verifiers, words), "{words} is not in\n{verifiers}");
        }
    }

    fn has(svg: &str, words: &str) -> bool {
        svg.contains(&format!(">\n{words}\n<"))
    }

    #[test]
    fn there_is_no_graph_of_nothing() {
        let marks = run("marks", "0,a,begin,,,,,,,1\n5,a,mark,,,,,,,x\n");
        assert!(matches!(svg(&[marks], &Graph::default()), Err(DrawError::Nothing)));
        let main = run("main", "0,a,begin,,,,,,,1\n5,a,sample,main,1,1,1,1,1,\n");
        assert!(svg(std::slice::from_ref(&main), &Graph::default()).is_ok());
        let verifiers = Graph { processes: &["verifier"], ..Graph::default() };
        assert!(matches!(svg(&[main], &verifiers), Err(DrawError::Nothing)));
    }
}
