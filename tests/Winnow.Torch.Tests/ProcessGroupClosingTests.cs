using Winnow.Torch.Tests.Support;
using static TorchSharp.torch;

namespace Winnow.Torch.Tests;

/// <summary>What a group that is closed leaves.</summary>
public sealed class ProcessGroupClosingTests
{
    [RanksFact]
    public void A_group_that_is_closed_with_exchanges_under_way_leaves_no_tensor_behind()
    {
        var before = Tensor.TotalCount;

        // A rank that closed its group while the other still connects would be lost to it.
        using var joined = new CountdownEvent(2);
        using var begun = new ManualResetEventSlim();
        Ranks.Run(2, group =>
        {
            joined.Signal();
            Assert.True(joined.Wait(TimeSpan.FromMinutes(1)));
            if (group.Rank == 0)
            {
                // Only one rank begins them, so that they can't be over.
                using var tensor = ones(1000);
                for (var i = 0; i < 3; i++)
                {
                    group.BeginAllReduce(tensor);
                }

                begun.Set();
            }

            Assert.True(begun.Wait(TimeSpan.FromMinutes(1)));
            return 0;
        });
        Assert.Equal(before, Tensor.TotalCount);
    }
}
