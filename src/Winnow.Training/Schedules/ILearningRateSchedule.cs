namespace Winnow.Training.Schedules;

/// <summary>
/// A learning rate as a function of progress in [0, 1]. Pruned epochs differ in length, so a schedule that counts steps would
/// stop early or overrun; one that follows (epoch + batch / batches) / epochs can't.
/// </summary>
public interface ILearningRateSchedule
{
    /// <summary>The share of the peak learning rate at <paramref name="progress"/> in [0, 1].</summary>
    double At(double progress);
}
