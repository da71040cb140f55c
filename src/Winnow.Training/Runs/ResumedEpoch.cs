using Winnow.Training.Tasks;

namespace Winnow.Training.Runs;

/// <summary>What a checkpoint held of the epoch that it was written in.</summary>
/// <param name="Batches">Batches done.</param>
/// <param name="Refreshed">How many samples had been refreshed; null where that was still to come.</param>
/// <param name="Signals">What the model said of their samples.</param>
internal sealed record ResumedEpoch(int Batches, int? Refreshed, SampleColumns Signals);
