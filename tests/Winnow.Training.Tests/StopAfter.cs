namespace Winnow.Training.Tests;

/// <summary>Stops a run after so many steps.</summary>
internal sealed class StopAfter(CancellationTokenSource stop, int steps) : TrainerCallback
{
    private int _taken;

    public override void OnStep(in StepReport step)
    {
        if (++_taken == steps)
        {
            stop.Cancel();
        }
    }
}
