using System.Globalization;
using Spectre.Console;
using Winnow.Plans;
using Winnow.Records;
using Winnow.Records.Comparisons;
using Winnow.Training;

namespace Winnow.Cli.Views;

/// <summary>
/// Shows how far a run or a comparison is: one moving bar where a person watches, a line an epoch elsewhere, nothing when quiet.
/// The only file that knows the console library's progress.
/// </summary>
/// <param name="terminal">Where.</param>
/// <param name="time">The clock.</param>
/// <param name="quiet">Whether nothing is shown.</param>
/// <param name="total">Runs.</param>
/// <param name="efforts">How long each run takes against the others; null where all are taken to be equally long.</param>
internal sealed class ProgressView(Terminal terminal, TimeProvider time, bool quiet, int total, IReadOnlyList<double>? efforts = null)
{
    private const int BarWidth = 16;
    private const int NarrowestText = 20;

    private readonly long _start = time.GetTimestamp();
    private ProgressTask? _bar;
    private int _begun;
    private double _earlier;

    /// <summary>Runs <paramref name="work"/> on this thread with the display around it.</summary>
    public void Show(Action work)
    {
        if (quiet || !terminal.Interactive)
        {
            work();
            return;
        }

        terminal.Error.Progress()
            .AutoClear(true)
            .Columns(new ProgressBarColumn { Width = BarWidth }, new PercentageColumn(), new TaskDescriptionColumn { Alignment = Justify.Left })
            .Start(bars =>
            {
                _bar = bars.AddTask("starting", maxValue: 1);
                work();
            });
    }

    /// <summary>The callback that shows the next run.</summary>
    /// <param name="arm">The run's name.</param>
    /// <param name="seed">Its seed.</param>
    /// <param name="askedSave">The share of visits it was asked to save; null when it wasn't asked.</param>
    /// <param name="share">The share of its epochs that it goes through, in (0, 1].</param>
    public TrainerCallback Begin(string arm, ulong seed, double? askedSave = null, double share = 1)
    {
        var label = string.Create(CultureInfo.InvariantCulture, $"seed {seed}, {arm}");
        return quiet ? new Silent() : new Shown(this, label, _begun++, askedSave, share);
    }

    /// <summary>A run that an earlier process had finished: nothing of it is shown, and no time is estimated from it.</summary>
    public void Skip()
    {
        _begun++;
        _earlier++;
    }

    /// <summary>The callback that shows a training which the next run needs before it begins, and which counts as none.</summary>
    /// <param name="what">What it is for.</param>
    /// <param name="seed">The run's seed.</param>
    public TrainerCallback BeginBefore(string what, ulong seed)
    {
        var label = string.Create(CultureInfo.InvariantCulture, $"seed {seed}, {what}");
        return quiet ? new Silent() : new Shown(this, label, _begun, null, double.PositiveInfinity);
    }

    /// <summary>Tells what is done between two runs.</summary>
    public void Tell(string what)
    {
        if (quiet)
        {
            return;
        }

        var place = Text($"{_begun + 1}/{total} {what}");
        if (_bar is null)
        {
            Line(place);
        }
        else
        {
            Describe(place);
        }
    }

    private sealed class Silent : TrainerCallback;

    private sealed class Shown(ProgressView view, string label, int index, double? askedSave, double share) : TrainerCallback
    {
        private readonly long _start = view.Now;
        private EpochPlan? _plan;
        private EpochReport? _last;
        private long _visited;
        private long _earlier;
        private long _shown;
        private long _gradients;

        private string Place => view.Total == 1 ? label : string.Create(CultureInfo.InvariantCulture, $"{index + 1}/{view.Total} {label}");

        public override void OnRunResumed(TrainingRequest request, int epochs, IReadOnlyList<EpochReport> history, EpochPlan? plan)
        {
            (_plan, _last, _visited) = (plan, history is [.., var last] ? last : null, history.Sum(static epoch => (long)epoch.Visited));
            _earlier = _visited;
            view._earlier += history.Count / (epochs * share);
            view.Line(Text($"{Place}  goes on {(plan is null ? "after" : "within")} epoch {history.Count + (plan is null ? 0 : 1)}/{epochs}"));
        }

        public override void OnEpochPlanned(EpochPlan plan) => _plan = plan;

        public override void OnStep(in StepReport step)
        {
            // Ten times a second is as often as a person can read.
            if (view._bar is null || view.Since(_shown).TotalSeconds < 0.1)
            {
                return;
            }

            _shown = view.Now;
            var rate = (_visited - _earlier + step.Visited) / view.Since(_start).TotalSeconds;
            view.Move(
                index + (step.Progress / share),
                Place,
                Text($"epoch {step.Epoch + 1}/{step.Epochs}"),
                Text($"ETA {view.Remaining(index + (step.Progress / share))}"),
                _last is null ? "" : Judged(_last),
                Text($"keeps {(double)_plan!.Count / _plan.Total:P0}"),
                _last is null ? "" : Reached(_last).TrimStart(),
                Text($"{rate:N0} samples/s"));
        }

        public override void OnGradient(int done, int total)
        {
            // The first takes its time for warming up, and what is left is estimated from the others.
            if (done == 1)
            {
                _gradients = _shown = view.Now;
                return;
            }

            // A moving bar ten times a second; elsewhere a line as soon as it takes more than two seconds, and then every ten.
            var wait = view._bar is not null ? 0.1 : _shown == _gradients ? 2 : 10;
            if (view.Since(_shown).TotalSeconds < wait)
            {
                return;
            }

            _shown = view.Now;
            var spent = view.Since(_gradients);
            var facts = Text($"gradients {done:N0}/{total:N0}  ETA {Pace.Text(TimeSpan.FromSeconds(Math.Round(spent.TotalSeconds * (total - done) / (done - 1))))}");
            if (view._bar is null)
            {
                view.Line(Text($"{Place}  {facts}"));
            }
            else
            {
                view.Describe(Place, facts);
            }
        }

        public override void OnEpochEnd(EpochReport epoch)
        {
            _last = epoch;
            _visited += epoch.Visited;
            if (view._bar is null)
            {
                var done = index + ((epoch.Epoch + 1) / (epoch.Epochs * share));
                view.Line(Text(
                    $"{Place}  epoch {epoch.Epoch + 1}/{epoch.Epochs}  keeps {(double)epoch.Visited / epoch.Total:P0}{Reached(epoch)}  loss {epoch.VisitedLoss:F3}  {Judged(epoch)}  {epoch.Visited / (epoch.Seconds[Phase.Data] + epoch.Seconds[Phase.Train]):N0} samples/s  ETA {view.Remaining(done)}"));
            }
        }

        private static string Judged(EpochReport epoch)
        {
            var judgement = Judgement.Of(epoch.Metrics);
            return $"{judgement.Words} {(epoch.Metrics.Judged(epoch.Accuracy) is { } value ? judgement.Value(value) : "–")}";
        }

        // Of the visits that full epochs would have made so far; the request is about the whole run.
        private string Reached(EpochReport epoch) => askedSave is { } asked
            ? Text($"  saved {1 - (_visited / ((double)epoch.Total * (epoch.Epoch + 1))):P1} of {asked * 100:0.#} % asked")
            : "";

        public override void OnRunEnd(TrainingOutcome outcome)
        {
            // A comparison's runs stay on the screen; of a single one the table tells more.
            if (view._bar is not null && view.Total > 1 && !outcome.Interrupted)
            {
                view.Line(Fit(view.Width, Place, Judged(outcome.History[^1]), Text($"{outcome.Seconds.Total:N0} s"), Text($"{outcome.Visited:N0} visits")));
            }
        }
    }

    private int Total => total;

    private int Width => terminal.Error.Profile.Width - 1;

    private long Now => time.GetTimestamp();

    private TimeSpan Since(long timestamp) => time.GetElapsedTime(timestamp);

    // Where nothing is known of their efforts all runs are taken to be equally long; a pruned one is shorter, so the estimate errs towards later.
    private double Spent(double runsDone)
    {
        if (efforts is null)
        {
            return runsDone;
        }

        var whole = (int)Math.Min(runsDone, efforts.Count);
        return efforts.Take(whole).Sum() + (whole < efforts.Count ? (runsDone - whole) * efforts[whole] : 0);
    }

    private string Remaining(double runsDone)
    {
        var done = (Spent(runsDone) - Spent(_earlier)) / (Spent(total) - Spent(_earlier));
        if (done <= 0)
        {
            return "–";
        }

        return Pace.Text(TimeSpan.FromSeconds(Math.Round(Since(_start).TotalSeconds * (1 - done) / done)));
    }

    private void Move(double runsDone, string place, params ReadOnlySpan<string> facts)
    {
        _bar!.Value = Spent(runsDone) / Spent(total);
        Describe(place, facts);
    }

    private void Describe(string place, params ReadOnlySpan<string> facts)
    {
        const int PercentageAndGaps = 8;
        _bar!.Description = Markup.Escape(Fit(terminal.Error.Profile.Width - BarWidth - PercentageAndGaps, place, facts));
    }

    /// <summary>As many facts, the most telling first, as there is room for: a line that wraps would leave shreds of the bar behind.</summary>
    private static string Fit(int room, string place, params ReadOnlySpan<string> facts)
    {
        room = Math.Max(room, NarrowestText);
        var text = place.Length <= room / 2 ? place : place[..((room / 2) - 1)] + "…";
        foreach (var fact in facts)
        {
            if (fact.Length > 0 && text.Length + 2 + fact.Length <= room)
            {
                text += "  " + fact;
            }
        }

        return text;
    }

    private void Line(string text) => terminal.WriteProgress(text);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
