namespace Winnow.Records;

/// <summary>
/// What a stretch of a run's time was spent on. This is the one place where phases stand: clock, totals, files, TensorBoard and report go through its members, and
/// a member's name in lower case is what files call it.
/// </summary>
public enum Phase
{
    /// <summary>Bringing data and model to the device.</summary>
    Prepare,

    /// <summary>Choosing once what is trained on, before the run: trainings for scores, and selecting by them.</summary>
    Select,

    /// <summary>Planning epochs, drawing augmentations and uploading both.</summary>
    Plan,

    /// <summary>
    /// Gathering batches and augmenting them; 0 in records of before it was told apart from <see cref="Train"/>. A device that works on its own is
    /// waited for in training, so that there this is what handing it the work took.
    /// </summary>
    Data,

    /// <summary>Forward, backward, optimiser.</summary>
    Train,

    /// <summary>Fetching losses from the device and scattering them into the sample table.</summary>
    Observe,

    /// <summary>Sending samples that sat out through the model, where a method asks for it, and all samples, where a score does.</summary>
    Refresh,

    /// <summary>Evaluation on the test set.</summary>
    Evaluate,

    /// <summary>Writing checkpoints.</summary>
    Checkpoint,
}
