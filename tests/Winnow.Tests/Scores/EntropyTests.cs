namespace Winnow.Tests.Scores;

public class EntropyTests
{
    [Fact]
    public void Is_the_entropy_after_the_last_epoch_in_nats() => Dynamics.Small.AssertEqual(static id => -Dynamics.Small.Probabilities(24, id, pass: true).Sum(static p => p * Math.Log(p)), "entropy");
}
