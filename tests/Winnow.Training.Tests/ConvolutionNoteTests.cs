using Winnow.Records;
using Winnow.Torch;
using static TorchSharp.torch;

namespace Winnow.Training.Tests;

public sealed class ConvolutionNoteTests
{
    [Theory]
    [InlineData(GapState.Unavailable, MemoryLayout.Contiguous, 4, true)]
    [InlineData(GapState.Unavailable, MemoryLayout.Contiguous, 16, false)]
    [InlineData(GapState.Unavailable, MemoryLayout.ChannelsLast, 4, false)]
    [InlineData(GapState.InUse, MemoryLayout.Contiguous, 4, false)]
    public void A_model_whose_convolutions_fail_on_this_machine_is_warned_of(GapState state, MemoryLayout layout, int width, bool warned)
    {
        var trainer = (Small.Recipe with { Width = width, Layout = layout }).CreateTrainer(Small.Images(32, 16), CPU);
        using var model = trainer.CreateModel(seed: 0);
        var notes = Trainer.ConvolutionNote([new Gap("convolutions", state, "give wrong gradients")], layout, model).ToArray();
        Assert.Equal(warned ? 1 : 0, notes.Length);
        Assert.All(notes, static note => Assert.Contains("give wrong gradients", note, StringComparison.Ordinal));
    }
}
