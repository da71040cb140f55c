using Winnow.Policies;
using Winnow.Samples;

namespace Winnow.Tests.Policies;

public class FullTests
{
    [Fact]
    public void Visits_every_sample_with_weight_1_in_every_epoch()
    {
        var policy = new FullPolicy();
        for (var epoch = 0; epoch < 10; epoch++)
        {
            Assert.All(Tables.Plan(policy, new SampleTable(20, policy.Columns), epoch), static w => Assert.Equal(1f, w));
        }

        Assert.Empty(policy.Needs);
    }
}
