using System.Globalization;
using Spectre.Console;
using Winnow.Plans;
using Winnow.Training;

namespace Winnow.Cli.Views;

/// <summary>
/// Shows how far a run or a comparison is: a moving bar where a person watches, a line an epoch elsewhere, nothing when quiet.
/// The only file that knows the console library's progress.
/// </summary>
internal sealed class ProgressView(Terminal terminal, TimeProvider time, bool quiet, int total)
{
    private readonly long _start = time.GetTimestamp();
    private ProgressContext? _bars;
    private int _begun;

    /// <summary>Runs <paramref name="work"/> on this thread with the display around it.</summary>
    public void Show(Action work)
    {
        if (quiet || !terminal.Interactive)
        {
            work();
            return;
        }

        terminal.Error.Progress()
            .AutoClear(false)
            .HideCompleted(false)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn { Width = 24 }, new PercentageColumn())
            .Start(bars =>
            {
                _bars = bars;
                work();
            });
    }

    /// <summary>The hook that shows the next run.</summary>
    public TrainerHook Begin(string arm, ulong seed)
    {
        var label = string.Create(CultureInfo.InvariantCulture, $"{arm}, seed {seed}");
        return quiet ? new Silent() : new Hook(this, label, _begun++);
    }

    private sealed class Silent : TrainerHook;

    private sealed class Hook(ProgressView view, string label, int index) : TrainerHook
    {
        private readonly long _start = view.Now;
        private ProgressTask? _bar;
        private EpochPlan? _plan;
        private EpochReport? _last;
        private long _visited;
        private long _shown;

        public override void OnRunStart(TrainingRequest request, int epochs) =>
            _bar = view._bars?.AddTask(Markup.Escape(label), maxValue: 1);

        public override void OnEpochPlanned(EpochPlan plan) => _plan = plan;

        public override void OnStep(in StepReport step)
        {
            // Ten times a second is as often as a person can read.
            if (_bar is null || view.Since(_shown).TotalSeconds < 0.1)
            {
                return;
            }

            _shown = view.Now;
            var rate = (_visited + step.Visited) / view.Since(_start).TotalSeconds;
            var accuracy = _last is null ? "" : string.Create(CultureInfo.InvariantCulture, $"  {_last.Accuracy:P1}");
            _bar.Value = step.Progress;
            _bar.Description = Markup.Escape(string.Create(CultureInfo.InvariantCulture,
                $"{label}  epoch {step.Epoch + 1}/{step.Epochs}  keeps {(double)_plan!.Count / _plan.Total:P0}{accuracy}  {rate:N0}/s  ETA {view.Remaining(index, step.Progress)}"));
        }

        public override void OnEpochEnd(EpochReport epoch)
        {
            _last = epoch;
            _visited += epoch.Visited;
            if (_bar is null)
            {
                var done = (double)(epoch.Epoch + 1) / epoch.Epochs;
                view.Line(string.Create(CultureInfo.InvariantCulture,
                    $"{label}  epoch {epoch.Epoch + 1}/{epoch.Epochs}  keeps {(double)epoch.Visited / epoch.Total:P0}  loss {epoch.VisitedLoss:F3}  accuracy {epoch.Accuracy:P2}  {epoch.Visited / epoch.Seconds.Train:N0}/s  ETA {view.Remaining(index, done)}"));
            }
        }

        public override void OnRunEnd(TrainingOutcome outcome)
        {
            if (_bar is not null)
            {
                var accuracy = outcome.Accuracy is { } value ? value.ToString("P2", CultureInfo.InvariantCulture) : "interrupted";
                _bar.Description = Markup.Escape(string.Create(CultureInfo.InvariantCulture,
                    $"{label}  {accuracy}  {outcome.Visited:N0} visits  {outcome.Seconds.Total:N0} s"));
                _bar.Value = outcome.Interrupted ? _bar.Value : 1;
                _bar.StopTask();
            }
        }
    }

    private long Now => time.GetTimestamp();

    private TimeSpan Since(long timestamp) => time.GetElapsedTime(timestamp);

    // All runs of a view are taken to be equally long; a pruned one is shorter, so the estimate errs towards later.
    private string Remaining(int index, double progress)
    {
        var done = (index + progress) / total;
        var left = TimeSpan.FromSeconds(Math.Round(Since(_start).TotalSeconds * (1 - done) / Math.Max(done, 1e-3)));
        return left.TotalHours >= 1 ? left.ToString(@"h\:mm\:ss", CultureInfo.InvariantCulture) : left.ToString(@"m\:ss", CultureInfo.InvariantCulture);
    }

    private void Line(string text) => terminal.Error.WriteLine(text);
}
