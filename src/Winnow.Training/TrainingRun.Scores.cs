using Winnow.Records;

namespace Winnow.Training;

/// <content>The passes that scores ask for.</content>
internal sealed partial class TrainingRun
{
    /// <summary>Sends all samples through the model where a score asks for it; false when the run was stopped meanwhile.</summary>
    private bool Score(int epoch)
    {
        if (_scores is null)
        {
            return true;
        }

        using var lap = _clock.Enter(Phase.Refresh);
        var sent = _scores.Pass(epoch, _evaluator);
        _counters.Look(sent ?? 0);
        return sent is not null;
    }
}
