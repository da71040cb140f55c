using System.Text;
using System.Text.RegularExpressions;
using Winnow.Cli.Tests.Support;

namespace Winnow.Cli.Tests;

/// <summary>Command lines that are wrong in themselves: found before libtorch is loaded or a file is read.</summary>
public sealed partial class UsageTests
{
    private static readonly string[] s_wrong =
    [
        "trian",
        "--json",
        "train",
        "train x y",
        "train x --epoch 3",
        "train x --frobnicate",
        "compare x --methods full --out y",
        "compare x --targets --seeds 2",
        "train x --epochs",
        "train x --epochs three",
        "train x --epochs 1.5",
        "train x --epochs 3 --epochs 4",
        "train x --lr fast",
        "train x --lr 0,1",
        "train x --lr nan",
        "train x --weight-decay 0,0005",
        "train x --weight-decay 1e400",
        "train x --epochs 3000000000",
        "train x --seed 18446744073709551616",
        "train x --method infobatch:keep=0,5",
        "train x --precision fp16",
        "train x --precision BF16",
        "train x --normalize supplied",
        "train x --seed -1",
        "train x --quiet maybe",
        "train x --method infobach",
        "train x --method infobatch:keep=1.5",
        "train x --method infobatch:kep=0.5",
        "train x --method infobatch:keep",
        "train x --save 30",
        "train x --save 0",
        "train x --save 100%",
        "train x --save much",
        "train x --save 30% --method full",
        "train x --save 30% --method infobatch:save=0.2",
        "train x --save 30% --method infobatch:keep=0.7+max-age",
        "train x --save 30% --method infobach",
        "compare",
        "compare x --seeds 0",
        "compare x --seeds 1001",
        "compare x --first-seed 18446744073709551615",
        "compare x --methods",
        "compare x --methods infobatch infobatch:keep=0.5",
        "compare --methods infobatch x",
        "compare x --controls",
        "compare x --controls ful",
        "compare x --controls none full",
        "compare x --controls random --no-controls",
        "compare x --ablate",
        "compare x --ablate epochs",
        "compare x --margin",
        "compare x --margin 0",
        "compare x --margin 101",
        "compare x --margin 0.3 --seeds 2",
        "compare x --margin 0.3 --quick",
        "compare x --margin 0.3 --no-controls",
        "compare x --margin 0.3 --controls shortened random",
        "compare x --targets 92",
        "compare x --targets 0.9 90%",
        "compare x --targets 0.1 0.2 0.3 0.4 0.5",
        "compare x --save 30% --methods full random:keep=0.5",
        "compare x --save 30% --methods infobatch infobatch:save=0.3",
        "inspect",
        "inspect x y",
        "inspect x --top many",
        "inspect x --out samples.xlsx",
        "inspect /nowhere/run",
        "methods nothing",
        "methods maxage",
        "methods infobatch full",
        "info --verbose",
        "plan",
        "plan run.state",
        "plan run.state --epoch 1",
        "plan run.state --epoch 0 --epochs 3 --samples 3000000000",
        "plan run.state --epoch 0 --epochs 3 --samples 0",
        "plan run.state --epoch 0 --losses x.npy",
        "observe",
        "observe run.state",
        "observe run.state --epoch three --losses x.npy",
        "observe run.state --epoch 0 --losses x.npy",
        "plan --losses x.npy --epoch 3",
        "plan --losses x.npy --epoch 3 --epochs 3",
        "plan --losses x.npy --epoch -1 --epochs 3",
        "plan --losses x.npy --epoch 0 --epochs 0",
        "plan --losses x.npy --epoch 0 --epochs 1 --out /nowhere/plan.npz",
        "plan --losses x.npy --epoch 0 --epochs 1 --out ./x.npy",
        "plan --losses x.npy --epoch 0 --epochs 1 --out /dev/full",
        "plan --losses x.npy --epoch 0 --epochs 1 --labels y.npy --out y.npy",
        "plan --losses x.npy --epoch 3 --epochs 20 --method infobatch:save=0.3",
        "plan --losses x.npy --epoch 3 --epochs 20 --planned-visits many",
        "plan --losses /nowhere/x.npy --epoch 0 --epochs 1",
        "embed",
        "embed x",
        "embed x --embedder resnet81",
        "embed x --embedder /nowhere/net.onnx",
        "embed x --embedder resnet18 --out e.bin",
        "embed x --embedder resnet18 --out /nowhere/e.npy",
        "embed x --embedder resnet18 --part all",
        "embed x --embedder resnet18 --limit 0",
        "embed x --embedder resnet18 --batch-size 0",
        "embed x --embedder resnet18 --threads 0",
        "embed x --embedder resnet18 --manifest /nowhere/net.json",
    ];

    [Fact]
    public void Every_wrong_command_line_gets_one_message_and_code_2()
    {
        var texts = new StringBuilder();
        foreach (var line in s_wrong)
        {
            texts.Append("$ winnow ").AppendLine(line).AppendLine(Invocation.Fail(2, line.Split(' '))).AppendLine();
        }

        Snapshot.Matches("usage-errors", texts.ToString());
    }

    [Fact]
    public void Every_option_that_takes_a_number_takes_nothing_else()
    {
        var options = new List<(string Verb, string Option, string Kind)>();
        foreach (var verb in new[] { "train", "compare", "plan", "observe", "inspect" })
        {
            options.AddRange(Numbers().Matches(Invocation.Run(verb, "--help").Out).Select(found => (verb, found.Groups[1].Value, found.Groups[2].Value)));
        }

        // That one takes words as well.
        options.RemoveAll(static entry => entry.Option == "--checkpoint-every");

        // A decimal comma, digits in groups, blanks, another language's digits, and more than any type holds.
        Assert.InRange(options.Count, 35, 100);
        foreach (var (verb, option, kind) in options)
        {
            string[] line = verb == "observe" ? [verb, "x", "--losses", "y", option] : [verb, "x", option];
            foreach (var text in new[] { "0,1", "1,000", " 1", "1 ", "1_000", "\u0661", "0x1", "NaN", "Infinity", "" })
            {
                Assert.Matches($"^winnow: --[a-z-]+ {Regex.Escape(text)} is not a ", Invocation.Fail(2, [.. line, text]));
            }

            var far = Invocation.Fail(2, [.. line, "1" + new string('0', 400)]);
            Assert.Contains(kind == "share" ? "is not a share in (0, 1)" : "is not in ", far, StringComparison.Ordinal);
        }
    }

    [GeneratedRegex("(--[a-z-]+) <(n|x|share)>")]
    private static partial Regex Numbers();

    [Fact]
    public void An_argument_that_begins_with_an_at_sign_is_not_a_response_file()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.At("args"), "--help");
        Assert.Equal(2, Invocation.Run("methods", "@" + folder.At("args")).Code);
    }
}
