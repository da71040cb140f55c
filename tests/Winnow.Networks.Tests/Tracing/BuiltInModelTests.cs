using Winnow.Networks.Shrinking;
using Winnow.Networks.Tracing;
using Winnow.Training.Models;
using static TorchSharp.torch;

namespace Winnow.Networks.Tests.Tracing;

public class BuiltInModelTests
{
    public static TheoryData<string> Models => [.. ModelCatalog.All.Select(static model => model.Name)];

    [Theory, MemberData(nameof(Models))]
    public void Half_of_each_group_goes_and_training_goes_on(string name)
    {
        using var net = ModelCatalog.Create(name, new ModelShape(1, 28, 28, 10));
        var trace = NetworkTrace.Of(net, zeros(1, 1, 28, 28));
        Assert.Empty(trace.NeverFired);
        Assert.NotEmpty(trace.Groups);

        // All that stays is what the network gives out.
        Assert.All(trace.Fixed, static layer => Assert.Equal("is an output of the network", layer.Why));
        var outcome = NetworkShrinker.Shrink(trace, [.. trace.Groups.SelectMany(static group => group.Units.Where(static unit => unit.Index % 2 == 1))]);
        Assert.True(outcome.After.Macs < 0.55 * outcome.Before.Macs);

        net.train();
        using var optimizer = optim.SGD(net.parameters(), 0.1, momentum: 0.9);
        for (var step = 0; step < 2; step++)
        {
            optimizer.zero_grad();
            using var loss = nn.functional.cross_entropy(net.call(ones(4, 1, 28, 28)), arange(4));
            loss.backward();
            optimizer.step();
            Assert.True(float.IsFinite(loss.item<float>()));
        }
    }
}
