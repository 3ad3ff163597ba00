namespace MiniKube.Host.Tests;

public sealed class MemoryReturnTests
{
    private const long Mega = 1 << 20;

    [TestCase(1, 200, 100, ExpectedResult = true, TestName = "After a burst, in quiet, memory goes back")]
    [TestCase(50, 200, 100, ExpectedResult = false, TestName = "Not while the work goes on")]
    [TestCase(1, 20, 100, ExpectedResult = false, TestName = "Not for a trickle")]
    [TestCase(1, 900, 800, ExpectedResult = false, TestName = "Not where the pause would be felt")]
    public bool Memory_goes_back_when_it_is_worth_a_pause(int lately, int sinceReturn, int live) =>
        MemoryReturn.Due(new(lately * Mega, sinceReturn * Mega, live * Mega));
}
